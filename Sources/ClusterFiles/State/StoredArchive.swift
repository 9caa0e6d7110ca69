internal import Basics
internal import Crypto
internal import EncryptionModel
internal import Foundation
internal import Transition

/// Sealed keys as they are stored.
struct StoredArchive: Codable {
    struct Key: Codable {
        var name: String
        var provider: String
        var fingerprint: String
        var created: String
        var createdBy: String
        var retired: String?
        var retiredBy: String?
        var successor: String?
        /// Base64.
        var box: String
    }

    /// The only one there is.
    var form: String
    var salt: String
    var n: UInt64
    var r: UInt32
    var p: UInt32
    var check: String
    var keys: [Key]

    private static let form = "scrypt, AES-256-GCM"

    init(_ archive: SealedArchive) {
        form = Self.form
        salt = Data(archive.derivation.salt).base64EncodedString()
        n = archive.derivation.n
        r = archive.derivation.r
        p = archive.derivation.p
        check = Data(archive.check).base64EncodedString()
        keys = archive.keys.map {
            Key(
                name: $0.name, provider: $0.provider.rawValue, fingerprint: $0.fingerprint,
                created: $0.created.stored, createdBy: $0.createdBy, retired: $0.retired?.stored,
                retiredBy: $0.retiredBy, successor: $0.successor,
                box: Data($0.box).base64EncodedString())
        }
    }

    func archive(_ reader: StoredValueReader) throws -> SealedArchive {
        guard form == Self.form else {
            throw reader.fault("the sealed keys have a form that isn't known")
        }
        return SealedArchive(
            derivation: .init(salt: try bytes(salt, reader), n: n, r: r, p: p),
            check: try bytes(check, reader),
            keys: try keys.map { key in
                SealedArchive.Key(
                    provider: try reader.word(key.provider, "the provider of \(key.name)"),
                    name: key.name, fingerprint: key.fingerprint,
                    created: try reader.time(key.created), createdBy: key.createdBy,
                    retired: try key.retired.map(reader.time), retiredBy: key.retiredBy,
                    successor: key.successor, box: try bytes(key.box, reader))
            })
    }

    private func bytes(_ text: String, _ reader: StoredValueReader) throws -> [UInt8] {
        guard let data = Data(base64Encoded: text) else {
            throw reader.fault("a part of the sealed keys is not base64")
        }
        return Array(data)
    }
}
