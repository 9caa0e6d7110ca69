internal import ArgumentParser
internal import Basics
internal import Foundation

struct SnapshotInspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot-inspect",
        abstract: "Compares the reading of snapshots with etcd's own tools.",
        discussion: """
            The databases are made by Debian's etcd in a temporary folder. Before anything is \
            measured, what the orchestrator finds has to agree with what etcdctl reads.
            """)

    @Option(help: "Secrets of each database, with commas between the numbers.")
    var counts = "0,1,2000,100000"

    @Option(help: "How often each program is run on each database; the first is left out.")
    var rounds = 7

    @Option(help: "The orchestrator, a release build.")
    var orchestrator = ".build/release/orchestrator"

    @Option(help: "etcdutl (default: that on PATH, if any).")
    var etcdutl: String?

    @Option(help: "bbolt (default: that on PATH, if any).")
    var bbolt: String?

    @Option(help: "A snapshot that is timed, too, its values under the aescbc key key-1.")
    var database: String?

    @Option(help: "A file with that key, as base64.")
    var databaseKey: String?

    @Flag(help: "Write the section of docs/performance.md, too.")
    var write = false

    func validate() throws {
        guard rounds >= 2 else { throw ValidationError("--rounds: at least 2") }
        guard (database == nil) == (databaseKey == nil) else {
            throw ValidationError("--database and --database-key go together")
        }
        guard !(try numbers).isEmpty || database != nil else {
            throw ValidationError("--counts: nothing to measure")
        }
    }

    private var numbers: [Int] {
        get throws {
            try counts.split(separator: ",").map { word in
                guard let number = Int(word), number >= 0 else {
                    throw ValidationError("--counts: \(word) is no number of Secrets")
                }
                return number
            }
        }
    }

    func run() async throws {
        let scratch = try ScratchFolder()
        let tools = SnapshotTools(
            orchestrator: try Program(at: orchestrator),
            etcdctl: try Program.installed("etcdctl"),
            etcdutl: try etcdutl.map(Program.init(at:)) ?? Program(named: "etcdutl"),
            bbolt: try bbolt.map(Program.init(at:)) ?? Program(named: "bbolt"), scratch: scratch)
        let benchmark = SnapshotBenchmark(
            tools: tools, measuring: try Measuring(rounds: rounds, in: scratch), scratch: scratch)
        var rows: [SnapshotSection.Row] = []
        for count in try numbers { rows.append(try await benchmark.row(secrets: count)) }
        if let database, let databaseKey {
            let secret = try String(contentsOfFile: databaseKey, encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            rows.append(try benchmark.row(database: database, secret: secret))
        }
        let section = SnapshotSection(
            rows: rows, names: tools.contestants("", state: "").map(\.name), rounds: rounds,
            versions: try tools.versions(), machine: try Machine())
        print(section.result)
        if write {
            try PerformancePage.set(
                SnapshotSection.title, to: section.body, at: "docs/performance.md")
        }
    }
}
