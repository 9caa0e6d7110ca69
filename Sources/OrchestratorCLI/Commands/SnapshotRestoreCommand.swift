import ArgumentParser
import Basics
import Orchestrator

struct SnapshotRestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot-restore",
        abstract: "Bring the cluster back to a snapshot, if the keys can read it.",
        discussion: """
            Before anything is stopped: the file is the same on all etcd nodes and as etcd wrote it, \
            it is this cluster's, every value in it opens with a key of the state file, and etcd's \
            version and room fit. --check ends there. Then, confirmed, all API servers and etcd are \
            stopped, the data is changed over, the API servers get a provider config that reads \
            what the snapshot holds, everything is rewritten under the key in force and proven, and \
            the old keys are retired again. The former data is kept until then; encrypt abort puts \
            it back. Run it again to go on with one that was interrupted.
            """)

    @Option(
        help: ArgumentHelp("Which; not needed to go on with one.", valueName: "name"))
    var name: String?

    @Flag(help: "Only check whether it can be restored.")
    var check = false

    @Flag(help: "Don't ask.")
    var yes = false

    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await SessionInvocation(
            access: check ? .readOnly : .exclusive(command: "orchestrator etcd snapshot-restore"),
            cluster: cluster, output: output
        ).run { session, console in
            let stop = StopSignal()
            let signals = SignalHandling(stop: stop)
            defer { signals.end() }
            let restoring = session.restoring(stop: stop) { console.show($0) }
            if !check, let restore = try await restoring.unfinished(name) {
                console.show(.detail("going on with the restore of \(restore.snapshot)"))
                console.finish(try await restoring.resume())
                return
            }
            guard let name else {
                throw Fault(.usage, "which snapshot is to be looked at? (--name)")
            }
            let plan = try await restoring.check(name) { [passphrase] in try await passphrase.read()
            }
            if check {
                console.finish(plan)
                return
            }
            if !yes { try await console.confirm(plan.question, signals: signals) }
            console.finish(try await restoring.run(plan))
        }
    }
}
