internal import Foundation
internal import Synchronization

/// Injects faults into runs and the cluster.
package struct FaultsTrials: Sendable {
    private let run: TrialRun

    package init(_ run: TrialRun) { self.run = run }

    /// Makes the chosen trials that haven't ended well yet: on each kind of lab one after the
    /// other, and two kinds side by side, since most of the time is spent waiting for timeouts.
    package func make() async throws {
        let done = try run.done()
        let chosen = run.selection.chosen(of: FaultTrial.all, name: \.title)
            .filter { !done.contains(identity($0)) }
            .filter { !$0.needsStandIn || run.isStandIn }
            .filter { !$0.needsDocker || run.runtime == .docker }
        run.say("\(chosen.count) trials")
        try await withThrowingTaskGroup(of: Void.self) { lanes in
            let benches = FaultBench.allCases.filter { bench in
                chosen.contains { $0.bench == bench }
            }
            for (number, bench) in benches.enumerated() {
                if number >= 2 { try await lanes.next() }
                let trials = chosen.filter { $0.bench == bench }
                lanes.addTask { try await make(trials, on: bench) }
            }
            try await lanes.waitForAll()
        }
    }

    private func make(_ trials: [FaultTrial], on bench: FaultBench) async throws {
        var lane = FaultLane(bench, program: run.program, runtime: run.runtime)
        var left = trials
        do {
            while !left.isEmpty {
                try Task.checkCancellation()
                let trial = left.remove(at: left.firstIndex(where: lane.prefers) ?? 0)
                let begin = ContinuousClock.now
                let seen = try await lane.make(trial)
                try run.record(
                    TrialResult(
                        identity(trial), happened: seen.happened, problems: seen.problems,
                        seconds: (ContinuousClock.now - begin) / .seconds(1)))
                for line in seen.story.split(separator: "\n") { run.say("     | \(line)") }
            }
        } catch {
            await lane.close()
            throw error
        }
        await lane.close()
    }

    private func identity(_ trial: FaultTrial) -> TrialResult.Identity {
        TrialResult.Identity(
            kind: .faults, workflow: trial.workflow.rawValue, name: trial.name,
            timing: trial.moment.told, server: run.server)
    }
}
