internal import Basics
internal import Foundation

/// The product's own engine, in a process of its own.
struct ProductContestant: RewriteContestant {
    static let title = "orchestrator"
    static let gentleTitle = "orchestrator --gentle"

    let driver: Program
    var isGentle = false
    /// As `--max-inflight` caps it; nil for no cap of the user's.
    var inFlight: Int?

    var name: String { isGentle ? Self.gentleTitle : Self.title }
    /// It takes its time, and shows by few objects what it is to others.
    var greatestCount: Int { isGentle ? 1000 : .max }
    var isForBaseAlone: Bool { isGentle }

    /// Of what the driver prints.
    private struct Report: Decodable { let rewritten: Int }

    func rewrite(_ arena: RewriteArena) async throws -> RewriteEffort {
        let places = arena.cluster.nodes.flatMap { ["--server", $0.place] }
        let run = try await onOwnThread {
            try arena.meter.run(
                driver,
                ["--kubeconfig", arena.cluster.kubeconfig] + places
                    + (isGentle ? ["--gentle"] : inFlight.map { ["--concurrency", "\($0)"] } ?? []))
        }
        guard run.status == 0 else {
            throw Fault(.failed, "\(name): status \(run.status): \(run.errors)")
        }
        let report = try JSONDecoder().decode(
            Report.self, from: Data(contentsOf: URL(fileURLWithPath: run.output)))
        return try RewriteEffort(run, objects: report.rewritten, of: name)
    }
}
