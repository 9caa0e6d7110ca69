import Basics
import Crypto
import Foundation
import Testing

@testable import ControlPlane

/// The snapshots of a node, by root's shell and by Docker alone.
extension DockerTests {
    @Suite struct SnapshotFolderTests {
        private static func scripts(_ access: NodeAccess) throws -> RootScripts {
            let daemon = try #require(DockerDaemon.current)
            return RootScripts(
                shell: LocalShell(), access: access, dockerSocket: daemon.socket,
                image: { DockerDaemon.image })
        }

        private func local(_ bytes: [UInt8], in folder: String) throws -> (
            SeekableFile, hash: String
        ) {
            let path = folder + "/local-\(UUID().uuidString)"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            return (try SeekableFile(path: path), SHA256.digest(bytes).hex)
        }

        @Test(
            "put, listed, hashed, copied back and removed, the same for root and by Docker alone",
            arguments: [NodeAccess.root, .docker])
        func whole(_ access: NodeAccess) async throws {
            let base = NSTemporaryDirectory() + "snapshots-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: base) }
            try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
            let folder = SnapshotFolder(scripts: try Self.scripts(access), path: base + "/there")
            #expect(try await folder.list().isEmpty)
            let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let (file, hash) = try local(bytes, in: base)
            try await folder.put(file, as: "one", hash: hash)
            // The same once more is no error, another one of the name is.
            try await folder.put(file, as: "one", hash: hash)
            let (other, otherHash) = try local([1, 2, 3], in: base)
            let conflict = await #expect(throws: Fault.self) {
                try await folder.put(other, as: "one", hash: otherHash)
            }
            #expect(conflict?.code == .conflict)
            let mismatch = await #expect(throws: Fault.self) {
                try await folder.put(other, as: "two", hash: hash)
            }
            #expect(mismatch?.code == .discrepancy)
            let entries = try await folder.list()
            #expect(entries.map(\.file) == ["one"] && entries.first?.size == bytes.count)
            #expect(try await folder.hash(of: "one") == hash)
            #expect(try await folder.hash(of: "none") == nil)
            try await folder.get("one", into: try NewFile(path: base + "/back"))
            #expect(try Array(Data(contentsOf: URL(fileURLWithPath: base + "/back"))) == bytes)
            let missing = await #expect(throws: Fault.self) {
                try await folder.get("none", into: try NewFile(path: base + "/no"))
            }
            #expect(missing?.code == .notFound)
            let mode = try FileManager.default.attributesOfItem(atPath: base + "/there/one")
            #expect(mode[.posixPermissions] as? Int == 0o600)
            try await folder.remove("one")
            try await folder.remove("one")
            #expect(try FileManager.default.contentsOfDirectory(atPath: base + "/there").isEmpty)
        }

        @Test("names of snapshots, plain file names only")
        func names() throws {
            for good in ["a", "rke_etcd_snapshot_2026-11-21T10:00:00Z", "before-1.30"] {
                #expect(try SnapshotName(good).text == good)
            }
            for bad in [
                "", ".hidden", "-rf", "a/b", "a b", "ä", String(repeating: "a", count: 121),
            ] {
                #expect(throws: Fault.self) { try SnapshotName(bad) }
            }
        }
    }
}
