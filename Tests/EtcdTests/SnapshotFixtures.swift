import Basics
import Crypto
import EncryptionModel
import Foundation
import Testing

/// `fixtures/snapshots`: taken from a real cluster, with the truth beside them.
struct SnapshotFixture: Sendable, CustomTestStringConvertible {
    let name: String
    let truth: Truth
    var testDescription: String { name }

    struct Truth: Decodable, Sendable {
        struct Status: Decodable, Sendable { let revision: Int64 }
        struct Key: Decodable, Sendable { let name: String, secret: String }
        let counts: [String: [String: Int]]
        let status: Status
        let size: Int
        let sha256: String
        let keys: [Key]
    }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../fixtures/snapshots").standardizedFileURL

    static let all: [SnapshotFixture] = [
        "plaintext", "aescbc-key-a", "mid-rotation", "aescbc-key-b", "secretbox-and-aesgcm",
    ].compactMap { name in
        guard let data = try? Data(contentsOf: folder.appending(path: "truth.json")),
            let truth = try? JSONDecoder().decode([String: AnyTruth].self, from: data)[name]?.truth
        else { return nil }
        return SnapshotFixture(name: name, truth: truth)
    }

    /// The other key of the name `key-b`.
    static func otherKeyB() throws -> LocalKey {
        let data = try Data(contentsOf: folder.appending(path: "truth.json"))
        let all = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let other = try #require(all["same-name-other-key-b"] as? [String: String])
        return try key(name: "key-b", secret: try #require(other["secret"]))
    }

    static func key(name: String, secret: String) throws -> LocalKey {
        let provider: LocalProvider =
            name.hasPrefix("box") ? .secretbox : name.hasPrefix("gcm") ? .aesgcm : .aescbc
        return LocalKey(
            provider: provider, name: name, secret: try #require(Base64.decode(secret)))
    }

    func keys() throws -> [LocalKey] {
        try truth.keys.map { try Self.key(name: $0.name, secret: $0.secret) }
    }

    func bytes() throws -> [UInt8] {
        let gzip = Process()
        gzip.executableURL = URL(fileURLWithPath: "/bin/gzip")
        gzip.arguments = ["-dc", Self.folder.appending(path: "\(name).db.gz").path]
        let output = Pipe()
        gzip.standardOutput = output
        try gzip.run()
        let bytes = Array(try #require(try output.fileHandleForReading.readToEnd()))
        gzip.waitUntilExit()
        return bytes
    }

    /// One member of truth.json isn't about a file.
    private struct AnyTruth: Decodable {
        let truth: Truth?
        init(from decoder: any Decoder) throws { truth = try? Truth(from: decoder) }
    }
}

/// Lends a file with these bytes.
func withFile<Result>(
    _ bytes: [UInt8], _ body: (String) async throws -> Result
) async throws -> Result {
    let path = NSTemporaryDirectory() + "snapshot-\(UUID().uuidString).db"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}
