internal import Basics
internal import CLibCrypto

/// The most bytes that one sealed value may have: libcrypto counts them in an `int`.
let greatestSealedLength = Int(Int32.max)

/// Owns one `EVP_CIPHER_CTX`, for one message under AES.
///
/// Each step says whether libcrypto took it; after a false the message is lost.
final class AESContext {
    enum Mode { case cbc, gcm }
    enum Direction: Int32 { case decrypt, encrypt }

    private let context: OpaquePointer

    /// - Parameter iv: 16 bytes for CBC, 12 for GCM.
    /// - Returns: nil where a length is wrong or libcrypto has no such cipher.
    init?(_ mode: Mode, _ direction: Direction, key: SecretBytes, iv: UnsafeRawBufferPointer) {
        guard let cipher = Self.cipher(mode, keyLength: key.count),
            iv.count == EVP_CIPHER_get_iv_length(cipher), let context = EVP_CIPHER_CTX_new()
        else { return nil }
        self.context = context
        let begun = key.withUnsafeBytes { key in
            EVP_CipherInit_ex(
                context, cipher, nil, key.baseAddress?.assumingMemoryBound(to: UInt8.self),
                iv.baseAddress?.assumingMemoryBound(to: UInt8.self), direction.rawValue)
        }
        // The padding of CBC is its caller's business: libcrypto would not say what is wrong with
        // it, and accepts less than Kubernetes does.
        guard begun == 1, EVP_CIPHER_CTX_set_padding(context, 0) == 1 else { return nil }
    }

    // This also wipes the expanded key.
    deinit { EVP_CIPHER_CTX_free(context) }

    /// Takes data that is authenticated only; before `update`.
    func authenticate(_ data: UnsafeRawBufferPointer) -> Bool {
        process(data, into: nil)
    }

    /// Translates all of `source` (whole blocks in CBC) into as many bytes of `target`.
    func update(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer)
        -> Bool
    {
        target.count == source.count && process(source, into: target.baseAddress)
    }

    /// Ends the opening of a message and says whether `tag` is its tag.
    func finish(verifying tag: UnsafeRawBufferPointer) -> Bool {
        // libcrypto only reads through this pointer.
        let start = UnsafeMutableRawPointer(mutating: tag.baseAddress)
        return EVP_CIPHER_CTX_ctrl(
            context, EVP_CTRL_AEAD_SET_TAG, Int32(clamping: tag.count), start)
            == 1 && finish()
    }

    /// Ends the sealing of a message and fills `tag`.
    func finish(tag: UnsafeMutableRawBufferPointer) -> Bool {
        finish()
            && EVP_CIPHER_CTX_ctrl(
                context, EVP_CTRL_AEAD_GET_TAG, Int32(clamping: tag.count), tag.baseAddress) == 1
    }

    private func finish() -> Bool {
        // GCM has no bytes left to give, but libcrypto may want a place for a block.
        var rest = [UInt8](repeating: 0, count: Int(EVP_MAX_BLOCK_LENGTH))
        var length: Int32 = 0
        return EVP_CipherFinal_ex(context, &rest, &length) == 1 && length == 0
    }

    private func process(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer?)
        -> Bool
    {
        guard !source.isEmpty else { return true }
        guard let count = Int32(exactly: source.count) else { return false }
        var length: Int32 = 0
        let status = EVP_CipherUpdate(
            context, target?.assumingMemoryBound(to: UInt8.self), &length,
            source.baseAddress?.assumingMemoryBound(to: UInt8.self), count)
        return status == 1 && length == count
    }

    private static func cipher(_ mode: Mode, keyLength: Int) -> OpaquePointer? {
        switch (mode, keyLength) {
        case (.cbc, 16): EVP_aes_128_cbc()
        case (.cbc, 24): EVP_aes_192_cbc()
        case (.cbc, 32): EVP_aes_256_cbc()
        case (.gcm, 16): EVP_aes_128_gcm()
        case (.gcm, 24): EVP_aes_192_gcm()
        case (.gcm, 32): EVP_aes_256_gcm()
        default: nil
        }
    }
}
