internal import Basics
internal import Foundation

/// The product's own engine, in a process of its own.
struct ProductContestant: RewriteContestant {
    /// As its option has it.
    enum Pace: String, CaseIterable {
        case auto, fast, gentle

        var title: String { self == .auto ? "orchestrator" : "orchestrator --\(self)" }
        var arguments: [String] { self == .auto ? [] : ["--\(self)"] }
    }

    let driver: Program
    let pace: Pace
    /// As `--max-inflight` caps it; nil for no cap of the user's.
    var inFlight: Int?

    var name: String { pace.title }
    /// It takes its time, and shows by few objects what it is to others.
    var greatestCount: Int { pace == .gentle ? 1000 : .max }
    var isForBaseAlone: Bool { pace == .gentle }

    func runs(in scenario: RewriteScenario, round: Int) -> Int {
        switch pace {
        case .auto where scenario.kibibytes > 1: 1
        // Seconds each, in which a bystander asks too little for a p99 to be told.
        case .auto where scenario.roundTrip > 0: 3
        case .auto where scenario.count < 100_000: 2
        case .auto: round.isMultiple(of: 2) ? 1 : 0
        case .fast: scenario.count < 100_000 ? 2 : 1
        // Five minutes each, and a p99 that has to be known to within a few hundredths.
        case .gentle: round == 0 ? 2 : 1
        }
    }

    /// What happens to others once in a hundred requests takes as long a look without it.
    var quiet: Duration { .seconds(pace == .auto ? 15 : 3) }
    /// Of `--gentle` others notice less than of what else changes from one minute to the next.
    var turn: Duration? { pace == .gentle ? .seconds(5) : nil }

    /// Of what the driver prints.
    private struct Report: Decodable { let rewritten: Int }

    func rewrite(_ arena: RewriteArena) async throws -> RewriteEffort {
        let places = arena.cluster.nodes.flatMap { ["--server", $0.place] }
        let run = try await onOwnThread {
            try arena.meter.run(
                driver,
                ["--kubeconfig", arena.kubeconfig] + places
                    + pace.arguments + (inFlight.map { ["--concurrency", "\($0)"] } ?? []),
                turn: turn)
        }
        guard run.status == 0 else {
            throw Fault(.failed, "\(name): status \(run.status): \(run.errors)")
        }
        let report = try JSONDecoder().decode(
            Report.self, from: Data(contentsOf: URL(fileURLWithPath: run.output)))
        return try RewriteEffort(run, objects: report.rewritten, of: name)
    }
}
