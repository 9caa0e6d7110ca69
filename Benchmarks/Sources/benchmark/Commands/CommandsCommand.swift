internal import ArgumentParser
internal import Basics
internal import Foundation

struct CommandsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commands",
        abstract: "Times status, verify and rotations on clusters of three nodes.",
        discussion: "As root; each cluster is a lab of this benchmark's own.")

    @Option(help: "How often each command is run, after once to warm up.")
    var rounds = 10

    @Option(help: "How many rotations of the key; where servers reload, each takes some minutes.")
    var rotations = 3

    @Option(help: "How kube-apiserver is run: docker, static-pod; with commas.")
    var runtimes = "docker,static-pod"

    @Option(help: "The orchestrator, a release build.")
    var orchestrator = ".build/release/orchestrator"

    @Option(
        name: .customLong("kube-apiserver"),
        help: "The kube-apiserver to run; else as lab up finds it.")
    var apiServer: String?

    @Option(help: "The program lab, a release build.")
    var lab = "Lab/.build/release/lab"

    @Flag(help: "Write the section of docs/performance.md, too.")
    var write = false

    func validate() throws {
        guard rounds >= 1 else { throw ValidationError("--rounds: at least 1") }
        guard rotations >= 1 else { throw ValidationError("--rotations: at least 1") }
        _ = try forms
    }

    private var forms: [ControlPlaneForm] {
        get throws {
            try runtimes.split(separator: ",").map { word in
                guard let form = ControlPlaneForm(rawValue: String(word)) else {
                    throw ValidationError("--runtimes: \(word) is neither docker nor static-pod")
                }
                return form
            }
        }
    }

    func run() throws {
        let scratch = try ScratchFolder()
        let orchestrator = try Program(at: orchestrator)
        let benchmark = CommandsBenchmark(
            orchestrator: orchestrator, lab: try Program(at: lab), apiServer: apiServer,
            rounds: rounds, rotations: rotations, scratch: scratch)
        let results = try forms.map(benchmark.result)
        let section = CommandsSection(
            results: results, rounds: rounds, rotations: rotations,
            versions: try versions(results, orchestrator, in: scratch), machine: try Machine())
        print(section.result)
        if write {
            try PerformancePage.set(
                CommandsSection.title, to: section.body, at: "docs/performance.md")
        }
    }

    private func versions(
        _ results: [CommandsResult], _ orchestrator: Program, in scratch: ScratchFolder
    ) throws -> [String] {
        let etcd = try Program.installed("etcd")
        return try [
            orchestrator.version(of: "orchestrator", "version", in: scratch),
            results.first?.server, etcd.version(of: "etcd", "--version", in: scratch),
        ].compactMap(\.self)
    }
}
