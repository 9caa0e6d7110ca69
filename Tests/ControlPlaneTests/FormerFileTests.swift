import Basics
import Foundation
import Testing

@testable import ControlPlane

@Suite struct FormerFileTests {
    private let folder = NSTemporaryDirectory() + "former-\(UUID().uuidString)"

    private var path: String { "\(folder)/etc/e.yaml" }

    private var mine: FilePermissions {
        FilePermissions(mode: 0o600, user: getuid(), group: getgid())
    }

    private func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(folder)/\(name)")
    }

    /// A node where a write waits, with all of its contents there, until a file `go` is made.
    private func slowFiles() throws -> ShellFiles {
        for name in ["etc", "programs"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
        let program = "\(folder)/programs/touch"
        try """
        #!/bin/sh
        : >\(folder)/reached
        i=0
        while [ ! -e \(folder)/go ] && [ $i -lt 400 ]; do sleep 0.05; i=$((i+1)); done
        exec /usr/bin/touch "$@"
        """.write(toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let shell = LocalShell(prefix: ["env", "PATH=\(folder)/programs:/usr/bin:/bin"])
        return ShellFiles(shell: shell, access: .root)
    }

    @Test(
        "a write that was given up and lives on, never in force; what was there isn't written anew",
        arguments: [true, false])
    func orphan(hasFormer: Bool) async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (path, permissions) = (self.path, mine)
        let slow = try slowFiles()
        let files = ShellFiles(shell: LocalShell(), access: .root)
        if hasFormer {
            try await files.write(
                path, contents: SecretBytes(copying: "former".utf8), permissions: permissions)
        }
        let current = try await files.read(path)
        let orphan = Task {
            try await slow.write(
                path, contents: SecretBytes(copying: "new".utf8), permissions: permissions)
        }
        for _ in 0..<400 where !exists("reached") { try await Task.sleep(for: .milliseconds(25)) }
        try await FormerFile(path: path, saved: nil, current: current).restore(with: files)
        try Data().write(to: URL(filePath: "\(folder)/go"))
        await #expect(throws: Fault.self) { try await orphan.value }
        let after = try await files.read(path)
        #expect(after == current)
        let left = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/etc")
        #expect(left == (hasFormer ? ["e.yaml"] : []))
    }
}
