import ArgumentParser
import Basics
import Foundation
import Orchestrator

struct SnapshotInspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot-inspect",
        abstract: "Read a snapshot: what is in it, and whether the known keys open it.",
        discussion: """
            A file needs no cluster; anything else is looked for on the etcd nodes. Counts every \
            stored value per resource and prefix, what a restored cluster would have and what etcd \
            keeps of before; checks the file; and tries every value with the keys of the state \
            file, since values name their key by name only. RKE's archive (.zip) is unpacked for \
            that, and the keys of the state file in it are tried, too. Exits with 4 when a value \
            can't be opened.
            """)

    @Argument(
        help: ArgumentHelp(
            "A snapshot of etcd v3, or RKE's archive of one: a file of this machine, or the name of"
                + " one on the nodes.",
            valueName: "file or name"))
    var snapshot: String

    @Option(
        help: ArgumentHelp("The state file with the keys, instead of that one.", valueName: "file"))
    var state: String?

    @Option(help: ArgumentHelp("kube-apiserver's --etcd-prefix.", valueName: "prefix"))
    var etcdPrefix = "/registry"

    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = Console(output)
        try await console.reportingFaults {
            let inspecting = SnapshotInspecting(
                state: state ?? SessionOptions.stateFile(for: cluster.config), prefix: etcdPrefix,
                passphrase: { [passphrase] in try await passphrase.read() }
            ) { console.show($0) }
            let report =
                FileManager.default.fileExists(atPath: snapshot)
                ? try await inspecting.inspect(file: snapshot)
                : try await inspecting.inspect(
                    name: snapshot, of: cluster.session)
            console.finish(report)
            if !report.isAsItShouldBe { throw ExitCode(ExitStatus.discrepancy.rawValue) }
        }
    }
}

struct SnapshotSaveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot-save",
        abstract: "Take a snapshot of etcd and put it on every etcd node, as RKE does.",
        discussion: """
            It is read before it is put anywhere: its hash is checked, and the state file and a \
            small manifest beside it say which keys it needs, by their fingerprints. Nothing is \
            restarted.
            """)

    @Option(
        help: ArgumentHelp(
            "Its name (default: rke_etcd_snapshot_ and the time).", valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Also keep a copy in this folder of this machine.", valueName: "folder"))
    var local: String?

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await SessionInvocation(
            access: .exclusive(command: "orchestrator etcd snapshot-save"), cluster: cluster,
            output: output
        ).run { session, console in
            console.finish(
                try await SnapshotSaving(
                    ports: session.ports, snapshots: session.snapshots
                ) { console.show($0) }.run(name: name, folder: local))
        }
    }
}

struct SnapshotListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot-list",
        abstract: "Show the snapshots on the nodes and in the state file, and which keys they need."
    )

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await SessionInvocation(access: .readOnly, cluster: cluster, output: output).run {
            session, console in
            console.finish(
                try await SnapshotListing(
                    ports: session.ports, snapshots: session.snapshots
                ).run())
        }
    }
}

struct SnapshotRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot-remove",
        abstract: "Remove a snapshot from the nodes and from the state file.",
        discussion: """
            From then on no key is kept for it. Asks; without a terminal it wants --yes.
            """)

    @Option(help: "Its name.")
    var name: String

    @Flag(help: "Don't ask.")
    var yes = false

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await SessionInvocation(
            access: .exclusive(command: "orchestrator etcd snapshot-remove"), cluster: cluster,
            output: output
        ).run { session, console in
            let removal = SnapshotRemoval(ports: session.ports, snapshots: session.snapshots)
            let nodes = try await removal.nodes(having: name)
            if !yes {
                try await console.confirm(
                    "Remove the snapshot \(name) from \(nodes.joined(separator: ", "))?")
            }
            console.finish(try await removal.run(name))
        }
    }
}
