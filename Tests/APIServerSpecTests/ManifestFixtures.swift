import APIServerSpec
import Basics
import Foundation

/// `fixtures/manifests`: kube-apiserver's manifests as tools and people write them.
enum ManifestFixtures {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../fixtures/manifests").standardizedFileURL

    /// - Parameter kind: `changed`, `refused` or `unread`.
    static func names(_ kind: String) -> [String] {
        let path = folder.appending(path: kind).path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted().map { "\(kind)/\($0)" }
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: folder.appending(path: name)))
    }

    static func manifest(_ name: String) throws -> APIServerManifest {
        try APIServerManifest(SecretBytes(copying: bytes(name)), file: name)
    }

    /// Those that begin without an encryption config.
    static let bare = names("changed").filter { !$0.contains("encrypted") }
}

extension APIServerManifest {
    init(text: String) throws {
        try self.init(SecretBytes(copying: text.utf8), file: "m.yaml")
    }

    var text: String { contents.exposedText() ?? "" }

    func changed(
        _ argument: ManifestChange.Argument, mount: String? = nil, stamp: String? = nil
    ) throws -> APIServerManifest {
        try changed(by: ManifestChange(argument: argument, mount: mount, stamp: stamp))
    }

    /// With a config in a folder that none of the fixtures mounts.
    func encrypted(stamp: String? = "sha256:00ff", reload: Bool = true) throws -> APIServerManifest
    {
        try changed(
            .set(path: "/srv/encryption/config.yaml", flag: .current, reload: reload),
            mount: "/srv/encryption", stamp: stamp)
    }

    func decrypted() throws -> APIServerManifest { try changed(.remove) }
}
