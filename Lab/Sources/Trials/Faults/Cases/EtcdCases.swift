internal import LabKit

extension FaultTrial {
    /// etcd without a quorum, and with one that is just enough.
    static let etcd: [FaultTrial] = [
        stopped([2, 3], .disable, .beforeTheRun, .docker, .stop(["isn't ready"])),
        stopped([1, 2], .rotate, .rewriting, .root, .stop([]), qps: 40, limit: .seconds(300)),
        stopped([1, 3], .enable, .confirmed(1, stage: 1), .root, .stop([]), limit: .seconds(600)),
        stopped([2, 3], .enable, .readingEvidence, .docker, .stop([]), limit: .seconds(300)),
        stopped([2], .rotate, .turn(of: 2, stage: 1), .root, .success),
        stopped([1], .enable, .rewriting, .docker, .success, qps: 40),
        FaultTrial(
            "etcd has no quorum for 15 s", .rotate, .turn(of: 2, stage: 1), on: .docker, .success
        ) { scene in
            for number in [1, 2] {
                try await scene.lab.stop(.etcd, on: scene.node(number))
            }
            let starting = Task {
                try await Task.sleep(for: .seconds(15))
                for number in [1, 2] {
                    try await scene.lab.start(.etcd, on: scene.node(number))
                }
            }
            return { try await starting.value }
        },
    ]

    private static func stopped(
        _ numbers: [Int], _ workflow: FaultedWorkflow, _ moment: Moment, _ bench: FaultBench,
        _ ending: Ending, qps: Int? = nil, limit: Duration = .seconds(150)
    ) -> FaultTrial {
        let told = numbers.map(String.init).joined(separator: " and ")
        let name =
            numbers.count > 1
            ? "etcd has no quorum (nodes \(told))" : "etcd of node \(told) is down"
        return FaultTrial(
            name, workflow, moment, on: bench, ending,
            victims: numbers.count > 1 ? [1, 2, 3] : [], qps: qps, limit: limit
        ) { scene in
            for number in numbers {
                try await scene.lab.stop(.etcd, on: scene.node(number))
            }
            return {
                for number in numbers {
                    try await scene.lab.start(.etcd, on: scene.node(number))
                }
            }
        }
    }
}
