import ArgumentParser

/// The whole command line.
struct OrchestratorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orchestrator",
        abstract: "Encryption at rest for Kubernetes clusters, managed from the outside.",
        discussion: """
            Reads cluster.yml, keeps cluster.rkestate beside it, and takes a running cluster from \
            the encryption it has to the one that is wanted: one API server at a time, every \
            object rewritten, proven in etcd before a key is taken away.

            Exit status: 0 done or nothing to do; 1 failed (run the same again to continue); \
            3 refused for safety, nothing was touched; 4 something is stored or deployed otherwise \
            than it should be; 64 wrong usage; 65 bad input file; 130 interrupted.
            """,
        subcommands: [
            UpCommand.self, EncryptCommand.self, EtcdCommand.self, ConfigCommand.self,
            VersionCommand.self,
        ])
}

struct EncryptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encrypt",
        abstract: "Rotate the key, rewrite, go back, show the state, verify what is stored.",
        subcommands: [
            RotateKeyCommand.self, RewriteCommand.self, AbortCommand.self, StatusCommand.self,
            VerifyCommand.self, ScrubCommand.self, KeysCommand.self,
        ])
}

struct EtcdCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "etcd",
        abstract: "Snapshots: which keys they need, and whether these are there.",
        subcommands: [
            SnapshotSaveCommand.self, SnapshotListCommand.self, SnapshotInspectCommand.self,
            SnapshotRestoreCommand.self, SnapshotRemoveCommand.self,
        ])
}

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check cluster.yml.",
        subcommands: [ValidateCommand.self])
}
