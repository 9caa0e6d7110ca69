/// A stored value can't be read or written; the words are kube-apiserver's.
struct TransformError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// How one key of one provider turns an object's bytes into what is stored and back.
///
/// The formats are those of k8s.io/apiserver/pkg/storage/value/encrypt; `etcdKey` is the
/// full key in etcd, which AES-GCM authenticates.
enum KeyTransformer: Sendable {
    case aescbc(key: [UInt8])
    case aesgcm(key: [UInt8])
    case secretbox(key: [UInt8])

    func write(_ plaintext: [UInt8], etcdKey: [UInt8]) throws(TransformError) -> [UInt8] {
        switch self {
        case .aescbc(let key):
            let iv = try randomBytes(AES.blockSize)
            let padding = AES.blockSize - plaintext.count % AES.blockSize
            let padded = plaintext + [UInt8](repeating: UInt8(padding), count: padding)
            return iv + (try AES.cbc(.encrypt, key: key, iv: iv, input: padded))
        case .aesgcm(let key):
            let nonce = try randomBytes(AES.nonceSize)
            return nonce
                + (try AES.seal(key: key, nonce: nonce, plaintext: plaintext, associated: etcdKey))
        case .secretbox(let key):
            let nonce = try randomBytes(SecretBox.nonceSize)
            return nonce + (try SecretBox.seal(key: key, nonce: nonce, plaintext: plaintext))
        }
    }

    func read(_ stored: [UInt8], etcdKey: [UInt8]) throws(TransformError) -> [UInt8] {
        let tooShort = TransformError("the stored data was shorter than the required size")
        switch self {
        case .aescbc(let key):
            guard stored.count >= AES.blockSize else { throw tooShort }
            return try Self.readCBC(stored, key: key)
        case .aesgcm(let key):
            guard stored.count >= AES.nonceSize else { throw tooShort }
            return try AES.open(
                key: key, nonce: Array(stored.prefix(AES.nonceSize)),
                sealed: Array(stored.dropFirst(AES.nonceSize)), associated: etcdKey)
        case .secretbox(let key):
            guard stored.count >= SecretBox.nonceSize + SecretBox.overhead else { throw tooShort }
            return try SecretBox.open(
                key: key, nonce: Array(stored.prefix(SecretBox.nonceSize)),
                sealed: Array(stored.dropFirst(SecretBox.nonceSize)))
        }
    }

    private static func readCBC(_ stored: [UInt8], key: [UInt8]) throws(TransformError) -> [UInt8] {
        guard stored.count % AES.blockSize == 0 else {
            throw TransformError("the stored data is not a multiple of the block size")
        }
        let padded = try AES.cbc(
            .decrypt, key: key, iv: Array(stored.prefix(AES.blockSize)),
            input: Array(stored.dropFirst(AES.blockSize)))
        guard let last = padded.last, last > 0, Int(last) <= padded.count else {
            throw TransformError("invalid PKCS7 data (empty or not padded)")
        }
        guard padded.suffix(Int(last)).allSatisfy({ $0 == last }) else {
            throw TransformError("invalid padding on input")
        }
        return Array(padded.dropLast(Int(last)))
    }
}
