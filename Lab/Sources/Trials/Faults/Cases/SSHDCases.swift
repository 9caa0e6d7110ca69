internal import LabKit

extension FaultTrial {
    /// A node's sshd ends with all its connections, or hangs.
    static let sshd: [FaultTrial] = [
        killed(3, .rotate, .confirmed(1, stage: 1), .root),
        killed(2, .enable, .replacing(2), .docker),
        killed(1, .disable, .confirmed(1, stage: 1), .docker),
        hanging(3, .enable, .turn(of: 3, stage: 1), .root),
        hanging(2, .rotate, .turn(of: 2, stage: 2, after: .milliseconds(300)), .docker),
    ]

    private static func killed(
        _ number: Int, _ workflow: FaultedWorkflow, _ moment: Moment, _ bench: FaultBench
    ) -> FaultTrial {
        FaultTrial(
            "sshd of node \(number) is gone", workflow, moment, on: bench, .stop([]),
            victims: [number]
        ) { scene in
            let node = scene.node(number)
            // Within the node's own PID namespace.
            try await node.shell("pkill -KILL -x sshd")
            return { try await node.shell("/usr/sbin/sshd -E /var/log/sshd.log") }
        }
    }

    private static func hanging(
        _ number: Int, _ workflow: FaultedWorkflow, _ moment: Moment, _ bench: FaultBench
    ) -> FaultTrial {
        FaultTrial(
            "sshd of node \(number) hangs", workflow, moment, on: bench, .stop([]),
            victims: [number]
        ) { scene in
            let node = scene.node(number)
            try await node.shell("pkill -STOP -x sshd")
            return { try await node.shell("pkill -CONT -x sshd") }
        }
    }
}
