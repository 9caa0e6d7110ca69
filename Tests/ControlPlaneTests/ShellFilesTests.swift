import Basics
import Foundation
import Testing

@testable import ControlPlane

@Suite struct ShellFilesTests {
    let folder: String
    let files = ShellFiles(shell: LocalShell(), access: .root)

    init() throws {
        folder = NSTemporaryDirectory() + "orchestrator-files-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    private var mine: FilePermissions {
        FilePermissions(mode: 0o600, user: getuid(), group: getgid())
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    private func tidy() { try? FileManager.default.removeItem(atPath: folder) }

    @Test("a file that is only read, with a long name and a path that isn't plain")
    func foreignPaths() async throws {
        defer { tidy() }
        let name = "node-" + String(repeating: "n", count: 80) + "-key.pem"
        try Data("x".utf8).write(to: URL(filePath: "\(folder)/\(name)"))
        #expect(
            try await files.read("\(folder)/../\(folder.split(separator: "/").last ?? "")//\(name)")
                != nil)
        await #expect(throws: Fault.self) { try await files.read("relative") }
    }

    @Test("a file written, read back with contents, mode and time, and nothing left beside it")
    func written() async throws {
        defer { tidy() }
        let path = "\(folder)/e 1.yaml"
        #expect(try await files.read(path) == nil)
        let contents = SecretBytes(copying: (0..<100_000).map { UInt8(truncatingIfNeeded: $0) })
        let before = WallClock.system.now()
        try await files.write(path, contents: contents, permissions: mine)
        let file = try #require(try await files.read(path))
        #expect(file.contents == contents)
        #expect(file.permissions == mine)
        #expect(abs(file.modified.since(before) / .seconds(1)) < 30)
        #expect(try names() == ["e 1.yaml"])
        try await files.write(path, contents: SecretBytes(copying: []), permissions: mine)
        #expect(try await files.read(path)?.contents.isEmpty == true)
        try await files.remove(path)
        #expect(try names() == [])
        try await files.remove(path)
    }

    @Test("temporary files of an interrupted run, removed by the next one, and no others")
    func leftovers() async throws {
        defer { tidy() }
        let leftover = "\(folder)/.e.yaml.orchestrator-0011"
        let foreign = "\(folder)/.e.yaml.before-orchestrator"
        for path in [leftover, foreign] { try Data("old key".utf8).write(to: URL(filePath: path)) }
        try await files.write(
            "\(folder)/e.yaml", contents: SecretBytes(copying: [1]), permissions: mine)
        #expect(try names() == [".e.yaml.before-orchestrator", "e.yaml"])
    }

    @Test("a link or a folder at the path, refused and left alone")
    func notReplaced() async throws {
        defer { tidy() }
        let (target, link, inner) = ("\(folder)/t", "\(folder)/l", "\(folder)/d")
        try Data("kept".utf8).write(to: URL(filePath: target))
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
        try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
        for path in [link, inner] {
            let fault = await #expect(throws: Fault.self) {
                try await files.write(path, contents: SecretBytes(copying: [1]), permissions: mine)
            }
            #expect(fault?.code == .refused)
        }
        #expect(try await files.read(link)?.contents.exposedText() == "kept")
        #expect(try names() == ["d", "l", "t"])
    }

    @Test("no folder, a broken link, a file too large, paths that aren't plain: each a fault")
    func faults() async throws {
        defer { tidy() }
        let dangling = "\(folder)/dangling"
        try FileManager.default.createSymbolicLink(
            atPath: dangling, withDestinationPath: "\(folder)/nowhere")
        await #expect(throws: Fault.self) { try await files.read(dangling) }
        #expect(try await files.read("\(folder)/none/e") == nil)
        await #expect(throws: Fault.self) {
            try await files.write(
                "\(folder)/none/e", contents: SecretBytes(copying: [1]), permissions: mine)
        }
        try Data(count: 100).write(to: URL(filePath: "\(folder)/large"))
        await #expect(throws: Fault.self) { try await files.read("\(folder)/large", limit: 99) }
        for path in ["e.yaml", "/", "/e.yaml", "\(folder)/", "\(folder)/../e", "\(folder)//e"] {
            await #expect(throws: Fault.self) {
                try await files.write(
                    path, contents: SecretBytes(copying: [1]), permissions: mine)
            }
        }
        for path in ["e.yaml", "", "/", "\(folder)/"] {
            await #expect(throws: Fault.self) { try await files.read(path) }
        }
    }

    @Test("input cut off, the file stays as it was and no temporary file remains")
    func truncated() async throws {
        defer { tidy() }
        let path = "\(folder)/e.yaml"
        try await files.write(path, contents: SecretBytes(copying: [1, 2]), permissions: mine)
        let cut = ShellFiles(shell: CuttingShell(), access: .root)
        await #expect(throws: Fault.self) {
            try await cut.write(
                path, contents: SecretBytes(copying: Array("long contents".utf8)),
                permissions: mine)
        }
        #expect(try await files.read(path)?.contents == SecretBytes(copying: [1, 2]))
        #expect(try names() == ["e.yaml"])
    }

    @Test("times as GNU and busybox stat print them")
    func times() {
        defer { tidy() }
        #expect(
            FileListing.timestamp("2026-11-21 03:37:23.200837804 +0100")
                == Timestamp(rfc3339: "2026-11-21T02:37:23.200837804Z"))
        #expect(
            FileListing.timestamp("2026-11-21 03:37:23 +0000")
                == Timestamp(rfc3339: "2026-11-21T03:37:23.999999999Z"))
        #expect(FileListing.timestamp("yesterday") == nil)
    }
}
