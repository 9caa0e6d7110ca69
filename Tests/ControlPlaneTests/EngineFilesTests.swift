import Basics
import Foundation
import Synchronization
import Testing

@testable import ControlPlane

extension DockerTests {
    /// Files by the Docker Engine alone, in folders that the server has and that it hasn't.
    @Suite struct EngineFilesTests {
        private static func files(_ server: FakeServer) -> EngineFiles {
            let runtime = server.runtime()
            return EngineFiles(engine: runtime.engine) { try await runtime.serving().0.json }
        }

        @Test(
            "written, read and removed, with times and owners; no helper is left",
            arguments: ["etc/ssl", "elsewhere"])
        func roundTrip(folder: String) async throws {
            let server = try await FakeServer()
            let files = Self.files(server)
            let path = "\(server.folder)/\(folder)/e.yaml"
            #expect(try await files.read(path) == nil)
            try FileManager.default.createDirectory(
                atPath: "\(server.folder)/\(folder)", withIntermediateDirectories: true)
            #expect(try await files.read(path) == nil)
            let contents = SecretBytes(copying: (0..<70_000).map { UInt8(truncatingIfNeeded: $0) })
            let permissions = FilePermissions(mode: 0o640, user: 1234, group: 5678)
            let before = WallClock.system.now()
            try await files.write(path, contents: contents, permissions: permissions)
            let file = try #require(try await files.read(path))
            #expect(file.contents == contents && file.permissions == permissions)
            #expect(file.modified.nanoseconds != 0)
            #expect(abs(file.modified.since(before) / .seconds(1)) < 30)
            let onHost = try await ShellFiles(shell: LocalShell(), access: .root).read(path)
            #expect(onHost?.contents == contents)
            #expect(try server.names(in: folder) == ["e.yaml"])
            try await files.remove(path)
            #expect(try server.names(in: folder) == [])
            let label = "\(EngineFiles.helperLabel)=\(server.name)"
            #expect(try await server.daemon.engine.containers(labelled: label).isEmpty)
        }

        @Test("links and folders at the path refused, temporary files of a crash removed")
        func refused() async throws {
            let server = try await FakeServer()
            let files = Self.files(server)
            let folder = "\(server.folder)/etc/ssl"
            try Data("kept".utf8).write(to: URL(filePath: "\(folder)/t"))
            try Data("key".utf8).write(to: URL(filePath: "\(folder)/.l.orchestrator-00"))
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/l", withDestinationPath: "t")
            let fault = await #expect(throws: Fault.self) {
                try await files.write(
                    "\(folder)/l", contents: SecretBytes(copying: [1]), permissions: .rootOnly)
            }
            #expect(fault?.code == .refused)
            #expect(try await files.read("\(folder)/l")?.contents.exposedText() == "kept")
            try await files.remove("\(folder)/l")
            #expect(try server.names(in: "etc/ssl") == ["t"])
        }

        @Test("no key in any container's inspection or log while a file is written")
        func nothingShown() async throws {
            let server = try await FakeServer()
            let watch = Mutex<WatchedEngine?>(nil)
            let runtime = try await server.runtime { engine in
                let watched = WatchedEngine(engine)
                watch.withLock { $0 = watched }
                return watched
            }
            let files = EngineFiles(engine: runtime.engine) { try await runtime.serving().0.json }
            let secret = "c2VjcmV0LWtleS1vZi1hLXRlc3Q"
            try await files.write(
                "\(server.folder)/etc/ssl/e.yaml",
                contents: SecretBytes(copying: Array("secret: \(secret)".utf8)),
                permissions: .rootOnly)
            let seen = try #require(watch.withLock { $0 }).seen
            #expect(seen.contains("/orchestrator-files-"))
            #expect(seen.contains(server.name))
            let isShown = seen.contains(secret)
            #expect(!isShown)
        }

        @Test("the folder doesn't exist, a fault and no folder made")
        func noFolder() async throws {
            let server = try await FakeServer()
            let files = Self.files(server)
            await #expect(throws: Fault.self) {
                try await files.write(
                    "\(server.folder)/none/e", contents: SecretBytes(copying: [1]),
                    permissions: .rootOnly)
            }
            #expect(!FileManager.default.fileExists(atPath: "\(server.folder)/none"))
        }
    }
}
