public import Basics

/// AES in CBC mode with PKCS#7 padding, as Kubernetes' provider `aescbc` stores it: an
/// initialization vector of 16 bytes, then whole blocks of 16 bytes.
///
/// Source: `TransformFromStorage` of `cbc` in
/// `k8s.io/apiserver/pkg/storage/value/encrypt/aes/aes.go`.
public enum AESCBC {
    private static let blockLength = 16

    /// Decrypts one value. Nothing authenticates it: what was altered ahead of the last two blocks
    /// goes unnoticed, and about one value in 256 has a padding that looks right under another key,
    /// too. That the result makes sense is for the caller to see.
    ///
    /// - Parameters:
    ///   - sealed: at most 2³¹ - 1 bytes; only read, and for the time of the call.
    ///   - key: of 16, 24 or 32 bytes.
    /// - Returns: nil where a length or the padding is wrong, or libcrypto lacks the cipher.
    public static func open(_ sealed: UnsafeRawBufferPointer, key: SecretBytes) -> SecretBytes? {
        // Even an empty plaintext has a block, of padding.
        guard (2 * blockLength...greatestSealedLength).contains(sealed.count),
            sealed.count % blockLength == 0
        else { return nil }
        let vector = UnsafeRawBufferPointer(rebasing: sealed[..<blockLength])
        let blocks = UnsafeRawBufferPointer(rebasing: sealed[blockLength...])
        guard let cipher = AESContext(.cbc, .decrypt, key: key, iv: vector) else { return nil }
        var decrypted = false
        let padded = SecretBytes(count: blocks.count) {
            decrypted = cipher.update(blocks, into: $0)
        }
        guard decrypted, let padding = padded.withUnsafeBytes(padding) else { return nil }
        return padded.prefix(padded.count - padding)
    }

    /// How many bytes of padding end `padded`; nil where they aren't all that number.
    ///
    /// kube-apiserver never writes more than a block of it but reads up to 255 bytes, and what it
    /// reads is readable. The time this takes may tell where the padding is wrong, but whoever
    /// could put many altered values to the test has no way to measure it here.
    private static func padding(of padded: UnsafeRawBufferPointer) -> Int? {
        guard let last = padded.last, last > 0, Int(last) <= padded.count,
            padded.suffix(Int(last)).allSatisfy({ $0 == last })
        else { return nil }
        return Int(last)
    }
}
