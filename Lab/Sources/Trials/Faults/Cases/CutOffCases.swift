internal import LabKit

extension FaultTrial {
    /// A node's cable is pulled: neither the operator nor the other nodes reach it.
    static let cutOff: [FaultTrial] = [
        cut(3, .enable, .confirmed(1, stage: 1), .docker),
        cut(2, .enable, .replacing(2), .root),
        cut(1, .rotate, .turn(of: 1, stage: 1, after: .milliseconds(600)), .docker),
        cut(1, .rotate, .confirmed(1, stage: 1), .root),
        cut(2, .rotate, .rewriting, .docker, qps: 40),
        cut(3, .disable, .replacing(3), .root),
        cut(2, .disable, .beforeTheRun, .docker),
    ]

    private static func cut(
        _ number: Int, _ workflow: FaultedWorkflow, _ moment: Moment, _ bench: FaultBench,
        qps: Int? = nil
    ) -> FaultTrial {
        FaultTrial(
            "node \(number) is cut off", workflow, moment, on: bench, .stop([]),
            victims: [number], qps: qps
        ) { scene in
            let node = scene.node(number)
            try await scene.lab.setConnected(node, false)
            return { try await scene.lab.setConnected(node, true) }
        }
    }
}
