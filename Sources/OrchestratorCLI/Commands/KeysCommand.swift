import ArgumentParser
import Orchestrator

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Show every key by its fingerprint, its age, and the snapshots that need it.",
        subcommands: [
            KeysListCommand.self, KeysForgetCommand.self, KeysSealCommand.self,
            KeysUnsealCommand.self,
        ],
        defaultSubcommand: KeysListCommand.self)
}

struct KeysListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show every key that the state file has.")

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await SessionInvocation(access: .readOnly, cluster: cluster, output: output).run {
            session, console in
            console.finish(
                try await KeyArchive(journal: session.ports.journal, wanted: session.wanted)
                    .report())
        }
    }
}

struct KeysForgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Remove a retired key from the state file for good.",
        discussion: """
            Refused for a key in use, and while a known snapshot needs it. Snapshots kept elsewhere \
            that this program never saw aren't known to it. Asks; without a terminal it wants --yes.
            """)

    @Argument(help: "The key's fingerprint, or its first 6 digits at least.")
    var fingerprint: String

    @Flag(help: "Also where known snapshots need it, which can't be restored then.")
    var force = false

    @Flag(help: "Don't ask.")
    var yes = false

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await SessionInvocation(
            access: .exclusive(command: "orchestrator encrypt keys forget"), cluster: cluster,
            output: output
        ).run { session, console in
            let archive = KeyArchive(
                journal: session.ports.journal, wanted: session.wanted,
                listing: SnapshotListing(ports: session.ports, snapshots: session.snapshots))
            let key = try await archive.candidate(fingerprint, isForced: force)
            if !yes {
                try await console.confirm(
                    "Forget \(key.record.key)? Nothing stored under it can ever be read again.")
            }
            console.finish(ForgottenKey(key: try await archive.forget(key)))
        }
    }
}

struct KeysSealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract:
            "Put the retired keys under a passphrase, so that the state file doesn't open them.",
        discussion: """
            By scrypt and AES-256-GCM. Keys in force stay as they are, for the API servers need \
            them; keys that are retired later are sealed by sealing again. Without the passphrase \
            snapshots that need sealed keys can't be restored by anybody: keep it safe.
            """)

    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await SessionInvocation(
            access: .exclusive(command: "orchestrator encrypt keys seal"), cluster: cluster,
            output: output
        ).run { session, console in
            let archive = KeyArchive(journal: session.ports.journal, wanted: session.wanted)
            let isNew = try await !archive.isSealed()
            console.finish(try await archive.seal(try await passphrase.required(isNew: isNew)))
        }
    }
}

struct KeysUnsealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unseal", abstract: "Take the passphrase off the retired keys.")

    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await SessionInvocation(
            access: .exclusive(command: "orchestrator encrypt keys unseal"), cluster: cluster,
            output: output
        ).run { session, console in
            let archive = KeyArchive(journal: session.ports.journal, wanted: session.wanted)
            console.finish(try await archive.unseal(try await passphrase.required()))
        }
    }
}
