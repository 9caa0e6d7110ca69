internal import CLabCrypto

/// AES in the two modes that kube-apiserver offers, over libcrypto.
enum AES {
    static let blockSize = 16
    static let nonceSize = 12
    static let tagSize = 16

    enum Direction: Int32 {
        case decrypt = 0
        case encrypt = 1
    }

    /// Owns one EVP_CIPHER_CTX.
    private final class Context {
        let pointer: OpaquePointer
        init() throws(TransformError) {
            guard let pointer = EVP_CIPHER_CTX_new() else {
                throw TransformError("libcrypto has no memory for a cipher context")
            }
            self.pointer = pointer
        }
        deinit { EVP_CIPHER_CTX_free(pointer) }
    }

    private static func check(_ status: Int32) throws(TransformError) {
        guard status == 1 else { throw TransformError("libcrypto refused the cipher operation") }
    }

    /// AES-CBC without padding; `input` is whole blocks, the key 16, 24 or 32 bytes.
    static func cbc(
        _ direction: Direction, key: [UInt8], iv: [UInt8], input: [UInt8]
    ) throws(TransformError) -> [UInt8] {
        let cipher =
            switch key.count {
            case 16: EVP_aes_128_cbc()
            case 24: EVP_aes_192_cbc()
            default: EVP_aes_256_cbc()
            }
        let context = try Context()
        try check(
            EVP_CipherInit_ex(context.pointer, cipher, nil, key, iv, direction.rawValue))
        try check(EVP_CIPHER_CTX_set_padding(context.pointer, 0))
        var output = [UInt8](repeating: 0, count: input.count + blockSize)
        var count: Int32 = 0
        try check(
            EVP_CipherUpdate(context.pointer, &output, &count, input, Int32(input.count)))
        output.removeLast(output.count - Int(count))
        return output
    }

    private static func gcm(
        _ direction: Direction, key: [UInt8], nonce: [UInt8], associated: [UInt8]
    ) throws(TransformError) -> Context {
        let cipher =
            switch key.count {
            case 16: EVP_aes_128_gcm()
            case 24: EVP_aes_192_gcm()
            default: EVP_aes_256_gcm()
            }
        let context = try Context()
        try check(
            EVP_CipherInit_ex(context.pointer, cipher, nil, key, nonce, direction.rawValue))
        var count: Int32 = 0
        try check(
            EVP_CipherUpdate(
                context.pointer, nil, &count, associated, Int32(associated.count)))
        return context
    }

    /// Ciphertext and, after it, the 16-byte tag.
    static func seal(
        key: [UInt8], nonce: [UInt8], plaintext: [UInt8], associated: [UInt8]
    ) throws(TransformError) -> [UInt8] {
        let context = try gcm(.encrypt, key: key, nonce: nonce, associated: associated)
        var output = [UInt8](repeating: 0, count: plaintext.count + blockSize)
        var count: Int32 = 0
        try check(
            EVP_CipherUpdate(context.pointer, &output, &count, plaintext, Int32(plaintext.count)))
        var rest: Int32 = 0
        var end = [UInt8](repeating: 0, count: blockSize)
        try check(EVP_CipherFinal_ex(context.pointer, &end, &rest))
        var tag = [UInt8](repeating: 0, count: tagSize)
        try check(clab_gcm_get_tag(context.pointer, &tag))
        return output.prefix(Int(count)) + tag
    }

    /// The plaintext; an error when key, associated data or ciphertext is another.
    static func open(
        key: [UInt8], nonce: [UInt8], sealed: [UInt8], associated: [UInt8]
    ) throws(TransformError) -> [UInt8] {
        let failure = TransformError("cipher: message authentication failed")
        guard sealed.count >= tagSize else { throw failure }
        let context = try gcm(.decrypt, key: key, nonce: nonce, associated: associated)
        let ciphertext = Array(sealed.dropLast(tagSize))
        var tag = Array(sealed.suffix(tagSize))
        var output = [UInt8](repeating: 0, count: ciphertext.count + blockSize)
        var count: Int32 = 0
        try check(
            EVP_CipherUpdate(
                context.pointer, &output, &count, ciphertext, Int32(ciphertext.count)))
        try check(clab_gcm_set_tag(context.pointer, &tag))
        var rest: Int32 = 0
        var end = [UInt8](repeating: 0, count: blockSize)
        guard EVP_CipherFinal_ex(context.pointer, &end, &rest) == 1 else { throw failure }
        return Array(output.prefix(Int(count)))
    }
}

/// SHA-256 and random bytes, over libcrypto.
package enum Digest {
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        let status = EVP_Digest(bytes, bytes.count, &digest, &count, EVP_sha256(), nil)
        precondition(status == 1, "libcrypto has no SHA-256")
        return digest
    }
}

func randomBytes(_ count: Int) throws(TransformError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard RAND_bytes(&bytes, Int32(count)) == 1 else {
        throw TransformError("unable to read sufficient random bytes")
    }
    return bytes
}
