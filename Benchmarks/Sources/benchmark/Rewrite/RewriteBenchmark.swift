internal import Basics

/// Goes through the scenarios, cluster by cluster; on each cluster round by round, so that numbers
/// of objects, too, are compared within the same hour.
struct RewriteBenchmark {
    let lab: Program
    /// nil for the one that `lab up` finds.
    let apiServer: String?
    let contestants: [any RewriteContestant]
    let rounds: Int
    let scratch: ScratchFolder

    /// - Returns: what was measured, in the order of the scenarios.
    func results(_ scenarios: [RewriteScenario]) async throws -> [RewriteResult] {
        var results: [RewriteScenario: RewriteResult] = [:]
        var clusters: [RewriteScenario.Cluster] = []
        for scenario in scenarios where !clusters.contains(scenario.cluster) {
            clusters.append(scenario.cluster)
        }
        for shape in clusters {
            say("==> \(shape.told)")
            let cluster = try await onOwnThread { [lab, apiServer, scratch] in
                try BenchmarkCluster.up(
                    nodes: shape.servers, ["--rtt", "\(shape.roundTrip)"], lab: lab,
                    apiServer: apiServer, in: scratch)
            }
            do {
                let stage = try await RewriteStage(cluster, in: scratch)
                for round in 0..<rounds {
                    for scenario in scenarios where scenario.cluster == shape {
                        let former = results[scenario]
                        results[scenario] = try await go(scenario, round, on: stage, after: former)
                    }
                }
                await stage.shutdown()
            } catch {
                try? cluster.down()
                throw error
            }
            try cluster.down()
        }
        return scenarios.compactMap { results[$0] }
    }

    /// Every contestant's turns in one round.
    private func go(
        _ scenario: RewriteScenario, _ round: Int, on stage: RewriteStage,
        after former: RewriteResult?
    ) async throws -> RewriteResult {
        say("==> round \(round + 1): \(scenario.told)")
        try await stage.fill(scenario)
        var result =
            if let former { former } else {
                RewriteResult(scenario: scenario, server: try await stage.server())
            }
        let contestants = contestants.filter { $0.takesPart(in: scenario) }
        let order = contestants.indices.map { contestants[(round + $0) % contestants.count] }
        let turns = order.map { $0.runs(in: scenario, round: round) }.max() ?? 0
        for (turn, contestant) in (0..<turns).flatMap({ turn in order.map { (turn, $0) } })
        where turn < contestant.runs(in: scenario, round: round) {
            let run = try await stage.run(contestant, in: scenario)
            result.runs[contestant.name, default: []].append(run)
            say("round \(round + 1): \(contestant.name): \(run.told)")
        }
        return result
    }
}

extension RewriteRun {
    fileprivate var told: String {
        func p(_ share: Double, _ sight: Bystander.Sight) -> String {
            quantile(share, of: sight.latencies).map(\.told) ?? "–"
        }
        let bytes = bytesPerObject.map { Int($0).grouped } ?? "–"
        return "\(effort.objects.grouped) objects in \(effort.seconds.told) s,"
            + " \(objectsPerSecond.rate)/s, \(bytes) B each;"
            + " bystander's p50 \(p(0.5, meanwhile)) ms (\(p(0.5, before)) before),"
            + " p99 \(p(0.99, meanwhile)) ms (\(p(0.99, before)));"
            + " processors busy by \(Int((busyBefore * 100).rounded())) % before"
    }
}
