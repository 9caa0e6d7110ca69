internal import CLabSodium

/// NaCl's secretbox (XSalsa20 and Poly1305), over libsodium; the tag comes first, as in Go.
enum SecretBox {
    static let keySize = 32
    static let nonceSize = 24
    static let overhead = 16

    static func seal(key: [UInt8], nonce: [UInt8], plaintext: [UInt8]) throws(TransformError)
        -> [UInt8]
    {
        var output = [UInt8](repeating: 0, count: plaintext.count + overhead)
        let status = crypto_secretbox_easy(
            &output, plaintext, UInt64(plaintext.count), nonce, key)
        guard status == 0 else { throw TransformError("libsodium refused to encrypt") }
        return output
    }

    static func open(key: [UInt8], nonce: [UInt8], sealed: [UInt8]) throws(TransformError)
        -> [UInt8]
    {
        var output = [UInt8](repeating: 0, count: max(1, sealed.count - overhead))
        let status = crypto_secretbox_open_easy(&output, sealed, UInt64(sealed.count), nonce, key)
        guard status == 0 else {
            throw TransformError("output array was not large enough for encryption")
        }
        output.removeLast(output.count - (sealed.count - overhead))
        return output
    }
}
