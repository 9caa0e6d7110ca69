internal import ArgumentParser
internal import Basics
internal import Foundation

struct RewriteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewrite",
        abstract: "Compares the rewriting of Secrets with what else does it.",
        discussion: """
            Each run is on a lab whose API servers were given another first key just before, so \
            that every Secret has to be stored anew; after it that is checked. As root.
            """)

    @Option(help: "KiB of each Secret, with commas between the numbers.")
    var sizes: String?

    @Option(help: "Secrets, with commas.")
    var counts: String?

    @Option(help: "Milliseconds added to the round trip, with commas.")
    var rtt: String?

    @Option(help: "API servers, 1 to 9, with commas.")
    var servers: String?

    @Flag(help: "All scenarios; takes hours.")
    var full = false

    @Option(help: "Rounds, in each of which a contestant runs once, twice or not at all.")
    var rounds = 3

    @Option(help: "Only these contestants, with commas.")
    var only: String?

    @Option(help: "Requests under way on each of h2load's connections.")
    var streams = 100

    @Option(help: "orchestrator's --max-inflight, but for --fast and --gentle.")
    var maxInflight: Int?

    @Option(
        name: .customLong("kube-apiserver"),
        help: "The kube-apiserver to run; else as lab up finds it.")
    var apiServer: String?

    @Option(help: "The program lab, a release build.")
    var lab = "Lab/.build/release/lab"

    @Option(help: "kubectl (default: that on PATH, if any).")
    var kubectl: String?

    @Flag(help: "Write the section of docs/performance.md and its plot, too.")
    var write = false

    func validate() throws {
        guard rounds >= 1 else { throw ValidationError("--rounds: at least 1") }
        guard (1...1000).contains(streams) else { throw ValidationError("--streams: 1 to 1000") }
        if let maxInflight, maxInflight < 1 { throw ValidationError("--max-inflight: at least 1") }
        _ = try scenarios
    }

    private var scenarios: [RewriteScenario] {
        get throws {
            if full { return RewriteScenario.full }
            if [sizes, counts, rtt, servers].allSatisfy({ $0 == nil }) {
                return RewriteScenario.standard
            }
            return RewriteScenario.table(
                sizes: try numbers("--sizes", sizes ?? "1", 1...1000).map { Int($0) },
                counts: try numbers("--counts", counts ?? "1000", 1...1_000_000).map { Int($0) },
                roundTrips: try numbers("--rtt", rtt ?? "0", 0...1000),
                servers: try numbers("--servers", servers ?? "1", 1...9).map { Int($0) })
        }
    }

    private func numbers(
        _ option: String, _ text: String, _ range: ClosedRange<Double>
    ) throws -> [Double] {
        try text.split(separator: ",").map { word in
            guard let number = Double(word), range.contains(number) else {
                throw ValidationError("\(option): \(word) isn't from \(range)")
            }
            return number
        }
    }

    func run() async throws {
        let scratch = try ScratchFolder()
        let kubectl = try kubectl.map(Program.init(at:)) ?? Program(named: "kubectl")
        for line in missing(kubectl) { say(line) }
        let contestants = try contestants(kubectl)
        let benchmark = RewriteBenchmark(
            lab: try Program(at: lab), apiServer: apiServer, contestants: contestants,
            rounds: rounds, scratch: scratch)
        let results = try await benchmark.results(try scenarios)
        let section = RewriteSection(
            results: results, contestants: contestants, rounds: rounds,
            versions: try versions(results, kubectl, in: scratch), machine: try Machine(),
            missing: missing(kubectl))
        print(section.result)
        guard write else { return }
        try PerformancePage.set(
            RewriteSection.title, to: section.body, at: "docs/performance.md")
        try section.chart.svg.write(
            toFile: "docs/" + RewriteSection.plot, atomically: true, encoding: .utf8)
    }

    private func missing(_ kubectl: Program?) -> [String] {
        kubectl == nil ? ["There was no kubectl on PATH, so it is left out (--kubectl)."] : []
    }

    private func versions(
        _ results: [RewriteResult], _ kubectl: Program?, in scratch: ScratchFolder
    ) throws -> [String] {
        try [
            Program(named: "swift")?.version(of: "Swift", "--version", in: scratch),
            results.first?.server,
            Program.installed("etcd").version(of: "etcd", "--version", in: scratch),
            kubectl?.version(of: "kubectl", "version", "--client", in: scratch),
            Program.installed("h2load").version(of: "h2load", "--version", in: scratch),
        ].compactMap(\.self)
    }

    private func contestants(_ kubectl: Program?) throws -> [any RewriteContestant] {
        let driver = try Program.builtBesideThis("rewrite-driver")
        var all: [any RewriteContestant] = [
            ProductContestant(driver: driver, pace: .auto, inFlight: maxInflight),
            ProductContestant(driver: driver, pace: .fast),
            ProductContestant(driver: driver, pace: .gentle),
            LoadGeneratorContestant(h2load: try Program.installed("h2load"), streams: streams),
        ]
        if let kubectl {
            all += [
                KubectlContestant(kubectl: kubectl), ParallelKubectlContestant(kubectl: kubectl),
            ]
        }
        all.append(RKERuleContestant())
        guard let only else { return all }
        let names = Set(only.split(separator: ",").map(String.init))
        guard names.isSubset(of: all.map(\.name)) else {
            throw ValidationError(
                "--only: there is \(all.map(\.name).joined(separator: ","))")
        }
        return all.filter { names.contains($0.name) }
    }
}
