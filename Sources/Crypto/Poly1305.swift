internal import Basics
internal import CLibCrypto

/// The one-time authenticator Poly1305 (RFC 8439 section 2.5).
enum Poly1305 {
    static let keyLength = 32
    static let tagLength = 16

    /// The tag of `message` under a key that is used for no other.
    ///
    /// - Returns: nil where the key's length is wrong, or libcrypto lacks Poly1305 (as it does
    ///   where it is configured for FIPS 140).
    static func tag(of message: UnsafeRawBufferPointer, key: SecretBytes) -> SecretBytes? {
        guard key.count == keyLength else { return nil }
        var length = 0
        let tag = SecretBytes(count: tagLength) { tag in
            key.withUnsafeBytes { key in
                _ = EVP_Q_mac(
                    nil, "POLY1305", nil, nil, nil, key.baseAddress, key.count,
                    message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count,
                    tag.baseAddress?.assumingMemoryBound(to: UInt8.self), tag.count, &length)
            }
        }
        return length == tagLength ? tag : nil
    }
}
