internal import Basics
internal import Foundation

/// A failpoint that an undisturbed run passed.
struct PassedPoint: Sendable, Hashable {
    /// The variables of `Failpoint` in the product.
    static let recordVariable = "ORCHESTRATOR_FAILPOINTS_PASSED"
    static let killVariable = "ORCHESTRATOR_FAILPOINT"

    let name: String
    /// Counted from 1, per name.
    let occurrence: Int
    /// The name of the point before it, which tells the two renames of a replacement apart.
    let previous: String?
    /// For people: `write stage, node2`.
    let place: String

    /// Reads the record of a run.
    ///
    /// - Parameter stages: of the run's own report, for telling where a point lies.
    static func all(
        recordedAt path: String, stages: [WorkflowDocument.Stage], nodeNames: [String: String]
    ) throws -> [PassedPoint] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Fault(
                .notFound, "the orchestrator recorded no failpoints",
                hint: "release builds have none; build it with swift build")
        }
        let turns = stages.flatMap { stage in
            stage.nodes.map { "\(stage.name) stage, \(nodeNames[$0.address] ?? $0.address)" }
        }
        var counts: [String: Int] = [:]
        var (place, turn, previous) = ("before the first stage", 0, String?.none)
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map { line in
            let name = String(line)
            counts[name, default: 0] += 1
            if name == Self.reloadsBegin, turn < turns.count { place = "\(turns[turn]), reloading" }
            if name == Self.reloadEnds { turn += 1 }
            if name == Self.turnBegins {
                place = turn < turns.count ? turns[turn] : "turn \(turn + 1)"
                turn += 1
            }
            defer {
                previous = name
                if name == Self.turnEnds { place = "after \(place)" }
            }
            return PassedPoint(
                name: name, occurrence: counts[name] ?? 1, previous: previous, place: place)
        }
    }

    /// A stage that is pushed as files alone: all nodes side by side.
    private static let (reloadsBegin, reloadEnds) = ("reload.nodes", "reload.node.confirmed")
    private static let (turnBegins, turnEnds) = ("rollout.node", "rollout.node.confirmed")
}
