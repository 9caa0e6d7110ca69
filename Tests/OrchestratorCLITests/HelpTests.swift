import ArgumentParser
import Foundation
import Testing

@testable import OrchestratorCLI

@Suite struct HelpTests {
    private static let commands: [(name: String, type: any ParsableCommand.Type)] = [
        ("orchestrator", OrchestratorCommand.self), ("up", UpCommand.self),
        ("encrypt", EncryptCommand.self), ("encrypt-rotate-key", RotateKeyCommand.self),
        ("encrypt-rewrite", RewriteCommand.self), ("encrypt-abort", AbortCommand.self),
        ("encrypt-status", StatusCommand.self),
        ("encrypt-verify", VerifyCommand.self),
        ("encrypt-scrub", ScrubCommand.self),
        ("encrypt-keys", KeysCommand.self), ("encrypt-keys-list", KeysListCommand.self),
        ("encrypt-keys-forget", KeysForgetCommand.self),
        ("encrypt-keys-seal", KeysSealCommand.self),
        ("encrypt-keys-unseal", KeysUnsealCommand.self),
        ("etcd", EtcdCommand.self), ("etcd-snapshot-inspect", SnapshotInspectCommand.self),
        ("etcd-snapshot-save", SnapshotSaveCommand.self),
        ("etcd-snapshot-list", SnapshotListCommand.self),
        ("etcd-snapshot-remove", SnapshotRemoveCommand.self),
        ("etcd-snapshot-restore", SnapshotRestoreCommand.self),
        ("config-validate", ValidateCommand.self), ("version", VersionCommand.self),
    ]

    /// What a user reads changes only on purpose: `RECORD_GOLDEN=1 swift test` writes it anew.
    @Test("every command's help, as recorded", arguments: commands.indices)
    func help(index: Int) throws {
        let (name, type) = Self.commands[index]
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "Golden/\(name).txt")
        let text = OrchestratorCommand.helpMessage(for: type, columns: 80) + "\n"
        if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] != nil {
            try Data(text.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }

    @Test(
        "wrong usage, refused by the parser",
        arguments: [
            ["up", "--nonsense"], ["encrypt", "rotate"], ["up", "--output", "yaml"],
            ["up", "--quiet", "--verbose"], ["config", "validate", "extra"],
        ])
    func wrongUsage(arguments: [String]) {
        let error = #expect(throws: (any Error).self) {
            try OrchestratorCommand.parseAsRoot(arguments)
        }
        #expect(error.map { OrchestratorCommand.exitCode(for: $0).rawValue } == 64)
    }
}
