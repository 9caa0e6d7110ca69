public import Basics

/// NaCl's secretbox (XSalsa20 and Poly1305), as Kubernetes' provider `secretbox` stores it: a nonce
/// of 24 bytes, then a tag of 16 bytes, then the ciphertext.
///
/// Sources: `k8s.io/apiserver/pkg/storage/value/encrypt/secretbox/secretbox.go`; D. J. Bernstein,
/// "Cryptography in NaCl" (2009), sections 7 to 9.
public enum SecretBox {
    /// Decrypts one value that is as it was sealed.
    ///
    /// - Parameters:
    ///   - sealed: at most 2³¹ - 1 bytes; only read, and for the time of the call.
    ///   - key: of 32 bytes.
    /// - Returns: nil where a length, the key or any bit of the value is wrong, or libcrypto lacks
    ///   Poly1305.
    public static func open(_ sealed: UnsafeRawBufferPointer, key: SecretBytes) -> SecretBytes? {
        let textStart = XSalsa20.nonceLength + Poly1305.tagLength
        guard (textStart...greatestSealedLength).contains(sealed.count) else { return nil }
        let nonce = UnsafeRawBufferPointer(rebasing: sealed[..<XSalsa20.nonceLength])
        let tag = SecretBytes(copying: sealed[XSalsa20.nonceLength..<textStart])
        let text = UnsafeRawBufferPointer(rebasing: sealed[textStart...])
        guard let stream = XSalsa20(key: key, nonce: nonce) else { return nil }
        // The stream begins with the authenticator's key; the text goes on where that ends.
        let zeros = [UInt8](repeating: 0, count: Poly1305.keyLength)
        let tagKey = zeros.withUnsafeBytes { stream.translate($0, from: 0) }
        guard Poly1305.tag(of: text, key: tagKey) == tag else { return nil }
        return stream.translate(text, from: Poly1305.keyLength)
    }
}
