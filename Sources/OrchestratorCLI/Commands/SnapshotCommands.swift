import ArgumentParser
import Basics
import Foundation
import Orchestrator

struct SnapshotInspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot-inspect",
        abstract: "Read a snapshot file: what is in it, and whether the known keys open it.",
        discussion: """
            Needs no cluster. Counts every stored value per resource and prefix, what a restored \
            cluster would have and what etcd keeps of before; checks the file; and tries every \
            value with the keys of the state file, since values name their key by name only. \
            Exits with 4 when a value can't be opened.
            """)

    @Argument(help: ArgumentHelp("A snapshot of etcd v3, unpacked.", valueName: "file"))
    var file: String

    @Option(
        help: ArgumentHelp(
            "The cluster's configuration file, beside which the state file lies ($RKE_CONFIG).",
            valueName: "file"))
    var config = ProcessInfo.processInfo.environment["RKE_CONFIG"] ?? "cluster.yml"

    @Option(
        help: ArgumentHelp("The state file with the keys, instead of that one.", valueName: "file"))
    var state: String?

    @Option(help: ArgumentHelp("kube-apiserver's --etcd-prefix.", valueName: "prefix"))
    var etcdPrefix = "/registry"

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = Console(output)
        try await console.reportingFaults {
            let report = try await SnapshotInspection.run(
                file: file, state: state ?? SessionOptions.stateFile(for: config),
                prefix: etcdPrefix
            ) { console.show(.working("reading \(file)", part: $0)) }
            console.finish(report)
            if !report.isAsItShouldBe { throw ExitCode(ExitStatus.discrepancy.rawValue) }
        }
    }
}
