internal import Basics
internal import CBenchmarkCrypto
internal import Crypto

/// Values as kube-apiserver's provider `aescbc` stores them (value/encrypt/aes/aes.go).
struct SealedValues {
    static let keyName = "key-1"
    static let prefix = "k8s:enc:aescbc:v1:\(keyName):"

    private let key: [UInt8]

    /// With a fresh key.
    init() throws {
        key = try SecretBytes.random(count: 32).exposedBytes()
    }

    /// A Secret of that many bytes, of which only the beginning is like one, under the prefix.
    func make(bytes count: Int) throws -> [UInt8] {
        try Array(Self.prefix.utf8) + seal(Array("k8s\0".utf8) + Self.random(count))
    }

    /// A state file of RKE with the key.
    var stateFile: String {
        let secret = Base64.encode(SecretBytes(copying: key)).exposedText() ?? ""
        return Self.stateFile(secret: secret)
    }

    /// - Parameter secret: of the key, as base64.
    static func stateFile(secret: String) -> String {
        let config = [
            "apiVersion: apiserver.config.k8s.io/v1", "kind: EncryptionConfiguration",
            "resources:", "- resources:", "  - secrets", "  providers:", "  - aescbc:",
            "      keys:", "      - name: \(keyName)", "        secret: \(secret)",
            "  - identity: {}", "",
        ].joined(separator: #"\n"#)
        return #"{"desiredState":{},"currentState":{"encryptionConfig":"\#(config)"}}"# + "\n"
    }

    /// A random vector, then the blocks; libcrypto pads by itself.
    private func seal(_ plaintext: [UInt8]) throws -> [UInt8] {
        let vector = try Self.random(16)
        guard let context = EVP_CIPHER_CTX_new() else { throw Self.failure }
        defer { EVP_CIPHER_CTX_free(context) }
        var blocks = [UInt8](repeating: 0, count: plaintext.count + 16)
        var (length, rest): (Int32, Int32) = (0, 0)
        guard EVP_EncryptInit_ex(context, EVP_aes_256_cbc(), nil, key, vector) == 1,
            EVP_EncryptUpdate(
                context, &blocks, &length, plaintext, Int32(clamping: plaintext.count)) == 1
        else { throw Self.failure }
        let ended = blocks.withUnsafeMutableBufferPointer {
            EVP_EncryptFinal_ex(context, $0.baseAddress?.advanced(by: Int(length)), &rest)
        }
        guard ended == 1 else { throw Self.failure }
        return vector + blocks.prefix(Int(length + rest))
    }

    private static func random(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, Int32(clamping: count)) == 1 else { throw failure }
        return bytes
    }

    private static var failure: Fault { Fault(.failed, "libcrypto can't encrypt") }
}
