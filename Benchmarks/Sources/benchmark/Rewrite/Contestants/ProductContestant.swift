internal import Basics
internal import Foundation

/// The product's own engine, in a process of its own.
struct ProductContestant: RewriteContestant {
    static let title = "orchestrator"

    let name = Self.title
    let driver: Program

    /// Of what the driver prints.
    private struct Report: Decodable { let rewritten: Int }

    func rewrite(_ arena: RewriteArena) async throws -> RewriteEffort {
        let places = arena.cluster.nodes.flatMap { ["--server", $0.place] }
        let run = try await onOwnThread {
            try arena.meter.run(driver, ["--kubeconfig", arena.cluster.kubeconfig] + places)
        }
        guard run.status == 0 else {
            throw Fault(.failed, "\(name): status \(run.status): \(run.errors)")
        }
        let report = try JSONDecoder().decode(
            Report.self, from: Data(contentsOf: URL(fileURLWithPath: run.output)))
        return try RewriteEffort(run, objects: report.rewritten, of: name)
    }
}
