public import Basics
internal import CLibCrypto

/// Makes keys from passphrases, at a cost in time and memory that slows guessing (RFC 7914).
public enum Scrypt {
    /// The most memory that a derivation may take, in bytes: N = 2¹⁷ with r = 8 takes 128 MiB.
    private static let greatestMemory: UInt64 = 160 << 20

    /// Takes about as long as N × r × p says (0.3 s at 2¹⁷, 8 and 1), on the calling thread.
    ///
    /// Parameters may come from a file that somebody altered, so they are bounded first.
    ///
    /// - Parameters:
    ///   - n: RFC 7914's N, a power of two from 2 to 2²⁰ and less than 2^(16r).
    ///   - r: the block size, from 1 to 32 times 128 bytes.
    ///   - p: the parallelization, from 1 to 16.
    ///   - length: of the key, from 1 to 1024 bytes.
    /// - Throws: `Fault`, `.refused` where a parameter is out of these bounds or all of them need
    ///   more than 160 MiB, `.failed` where libcrypto can't derive it.
    public static func deriveKey(
        passphrase: SecretBytes, salt: [UInt8], n: UInt64, r: UInt32, p: UInt32, length: Int
    ) throws -> SecretBytes {
        guard isSane(n: n, r: r, p: p), (1...1024).contains(length) else {
            throw Fault(
                .refused,
                "scrypt can't be asked for \(length) bytes with N = \(n), r = \(r) and p = \(p)")
        }
        return try SecretBytes(count: length) { key in
            let status = passphrase.withUnsafeBytes { passphrase in
                EVP_PBE_scrypt(
                    passphrase.baseAddress?.assumingMemoryBound(to: CChar.self), passphrase.count,
                    salt, salt.count, n, UInt64(r), UInt64(p), greatestMemory,
                    key.baseAddress?.assumingMemoryBound(to: UInt8.self), key.count)
            }
            guard status == 1 else {
                throw Fault(.failed, "libcrypto could not derive a key by scrypt")
            }
        }
    }

    private static func isSane(n: UInt64, r: UInt32, p: UInt32) -> Bool {
        guard (2...1 << 20).contains(n), n.nonzeroBitCount == 1, (1...32).contains(r),
            (1...16).contains(p), n.trailingZeroBitCount < 16 * Int(r)
        else { return false }
        // As libcrypto counts: N blocks, two to work in, and p of them that are mixed.
        return 128 * UInt64(r) * (n + 2 + UInt64(p)) <= greatestMemory
    }
}
