public import Basics

/// AES in Galois/Counter Mode (NIST SP 800-38D): a nonce of 12 bytes, then the ciphertext, then a
/// tag of 16 bytes, which is also how Kubernetes' provider `aesgcm` stores it.
///
/// Source: `gcm` in `k8s.io/apiserver/pkg/storage/value/encrypt/aes/aes.go`. What it authenticates
/// besides is the name under which etcd has the value.
public enum AESGCM {
    private static let nonceLength = 12
    private static let tagLength = 16
    private static let overhead = nonceLength + tagLength

    /// Decrypts one value that is as it was sealed.
    ///
    /// - Parameters:
    ///   - sealed: at most 2³¹ - 1 bytes; only read, and for the time of the call.
    ///   - key: of 16, 24 or 32 bytes.
    ///   - additional: what was authenticated with it, which isn't part of `sealed`.
    /// - Returns: nil where a length, the key, `additional` or any bit of the value is wrong, or
    ///   libcrypto lacks the cipher.
    public static func open(
        _ sealed: UnsafeRawBufferPointer, key: SecretBytes, authenticating additional: [UInt8]
    ) -> SecretBytes? {
        guard (overhead...greatestSealedLength).contains(sealed.count) else { return nil }
        let end = sealed.count - tagLength
        let nonce = UnsafeRawBufferPointer(rebasing: sealed[..<nonceLength])
        let text = UnsafeRawBufferPointer(rebasing: sealed[nonceLength..<end])
        let tag = UnsafeRawBufferPointer(rebasing: sealed[end...])
        guard let cipher = AESContext(.gcm, .decrypt, key: key, iv: nonce),
            additional.withUnsafeBytes(cipher.authenticate)
        else { return nil }
        var opened = false
        let plaintext = SecretBytes(count: text.count) {
            opened = cipher.update(text, into: $0) && cipher.finish(verifying: tag)
        }
        return opened ? plaintext : nil
    }

    /// Encrypts under a random nonce, which is safe for up to 2³² messages a key (NIST
    /// SP 800-38D section 8.3).
    ///
    /// - Parameters:
    ///   - plaintext: at most 2³¹ - 29 bytes.
    ///   - key: of 16, 24 or 32 bytes.
    ///   - additional: what `open` must be told again.
    /// - Throws: `Fault` where a length is wrong or libcrypto has no random bytes or no AES-GCM.
    public static func seal(
        _ plaintext: SecretBytes, key: SecretBytes, authenticating additional: [UInt8]
    ) throws -> [UInt8] {
        let fault = Fault(
            .failed,
            "AES-GCM can't encrypt \(plaintext.count) bytes under a key of \(key.count) bytes")
        guard plaintext.count <= greatestSealedLength - overhead else { throw fault }
        let nonce = try SecretBytes.random(count: nonceLength)
        let end = nonceLength + plaintext.count
        var sealed =
            nonce.exposedBytes() + [UInt8](repeating: 0, count: plaintext.count + tagLength)
        let isSealed = sealed.withUnsafeMutableBytes { sealed in
            let text = UnsafeMutableRawBufferPointer(rebasing: sealed[nonceLength..<end])
            let tag = UnsafeMutableRawBufferPointer(rebasing: sealed[end...])
            guard
                let cipher = nonce.withUnsafeBytes({
                    AESContext(.gcm, .encrypt, key: key, iv: $0)
                }), additional.withUnsafeBytes(cipher.authenticate)
            else { return false }
            return plaintext.withUnsafeBytes { cipher.update($0, into: text) }
                && cipher.finish(tag: tag)
        }
        guard isSealed else { throw fault }
        return sealed
    }
}
