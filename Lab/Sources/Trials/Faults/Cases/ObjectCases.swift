internal import LabKit

extension FaultTrial {
    /// Secrets that don't hold still, and one that can't be rewritten.
    static let objects: [FaultTrial] = [
        moving(.enable, .confirmed(3, stage: 1), .docker, qps: 40),
        moving(.rotate, .rewriting, .root, qps: 40),
        denied("lab-1", "large", .rotate, .docker),
        denied("lab-4", "secret-000007", .enable, .root),
        compacted(.enable, qps: 250), compacted(.rotate, qps: 250),
    ]

    private static func moving(
        _ workflow: FaultedWorkflow, _ moment: Moment, _ bench: FaultBench, qps: Int
    ) -> FaultTrial {
        FaultTrial(
            "Secrets change and vanish all the time", workflow, moment, on: bench, .success,
            qps: qps
        ) { scene in
            let moving = MovingSecrets(lab: scene.lab)
            try await moving.begin()
            return { try await moving.endAndCheck() }
        }
    }

    /// The webhook says no to every write of one Secret.
    private static func denied(
        _ namespace: String, _ name: String, _ workflow: FaultedWorkflow, _ bench: FaultBench
    ) -> FaultTrial {
        FaultTrial(
            "an admission webhook denies every write of \(namespace)/\(name)", workflow,
            .confirmed(1, stage: 1), on: bench,
            .stop(["\(namespace)/\(name)", "admission webhook", "1 of 100 secrets"]),
            needsStandIn: true
        ) { scene in
            let rule =
                #"{"verb":"patch","resource":"secrets","namespace":"\#(namespace)","#
                + #""name":"\#(name)","action":{"deny":"this Secret is frozen"}}"#
            return try await AnswerFaults.set(rule, on: [1, 2, 3], scene)
        }
    }

    /// etcd forgets the revision of the list that is under way.
    private static func compacted(_ workflow: FaultedWorkflow, qps: Int) -> FaultTrial {
        FaultTrial(
            "etcd is compacted under the list", workflow, .rewriting, on: .many, .success,
            qps: qps
        ) { scene in
            // Two pages are read ahead, the third when one is done.
            try await Task.sleep(for: .milliseconds(500))
            try await EtcdByHand(lab: scene.lab).compact()
            return {}
        }
    }
}
