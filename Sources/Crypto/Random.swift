public import Basics
internal import CLibCrypto

extension SecretBytes {
    /// Fresh bytes from libcrypto's generator for private values.
    ///
    /// - Throws: `Fault` when the generator isn't seeded; never weaker bytes.
    public static func random(count: Int) throws -> SecretBytes {
        try SecretBytes(count: count) { buffer in
            let start = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            guard count == 0 || RAND_priv_bytes(start, Int32(clamping: count)) == 1 else {
                throw Fault(
                    .failed, "libcrypto has no random bytes to make a key from",
                    hint: "Nothing was changed. Check the machine's entropy source (getrandom).")
            }
        }
    }
}

/// Bytes that need not stay secret but must be unique (identifiers).
public func randomIdentifier(bytes count: Int = 8) throws -> String {
    try SecretBytes.random(count: count).exposedBytes()
        .map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
}
