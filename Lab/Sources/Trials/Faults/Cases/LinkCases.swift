internal import LabKit

extension FaultTrial {
    /// Links between the operator and the nodes that are slow, lose packets or break connections.
    static let links: [FaultTrial] =
        [FaultedWorkflow.enable, .rotate, .disable].map { workflow in
            FaultTrial(
                "500 ms from the operator to all nodes and back", workflow, .beforeTheRun,
                on: .distant, .success, limit: .seconds(1800)
            ) { _ in {} }
        } + [
            lossy(5, [1, 2, 3], .enable, .beforeTheRun, .root),
            lossy(5, [1, 2, 3], .rotate, .rewriting, .docker, qps: 40),
            lossy(20, [2], .rotate, .turn(of: 2, stage: 1), .docker),
            broken(2, .enable, .replacing(2), .root),
            broken(3, .rotate, .rewriting, .root, qps: 40),
        ]

    private static func lossy(
        _ percent: Int, _ numbers: [Int], _ workflow: FaultedWorkflow, _ moment: Moment,
        _ bench: FaultBench, qps: Int? = nil
    ) -> FaultTrial {
        let place = numbers.count > 1 ? "all nodes" : "node \(numbers[0])"
        return FaultTrial(
            "\(percent) % of the packets to and from \(place) are lost", workflow, moment,
            on: bench, .either([]), qps: qps, limit: .seconds(240)
        ) { scene in
            let chance =
                "-m statistic --mode random --probability \(Double(percent) / 100) -j DROP"
            let address = scene.lab.operatorAddress
            let rules = ["INPUT -s \(address) \(chance)", "OUTPUT -d \(address) \(chance)"]
            for number in numbers {
                for rule in rules { try await scene.node(number).shell("iptables -I \(rule)") }
            }
            return {
                for number in numbers {
                    for rule in rules { try await scene.node(number).shell("iptables -D \(rule)") }
                }
            }
        }
    }

    /// Every connection of the operator to the node is reset, new ones for two seconds too.
    private static func broken(
        _ number: Int, _ workflow: FaultedWorkflow, _ moment: Moment, _ bench: FaultBench,
        qps: Int? = nil
    ) -> FaultTrial {
        FaultTrial(
            "the connections to node \(number) are reset for 2 s", workflow, moment, on: bench,
            .either([]), victims: [number], qps: qps
        ) { scene in
            let rule =
                "INPUT -s \(scene.lab.operatorAddress) -p tcp -j REJECT --reject-with tcp-reset"
            try await scene.node(number).shell(
                """
                iptables -I \(rule)
                setsid sh -c 'sleep 2; iptables -D \(rule)' </dev/null >/dev/null 2>&1 &
                """)
            return { try await Task.sleep(for: .seconds(2)) }
        }
    }
}
