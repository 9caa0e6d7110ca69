internal import Basics
internal import Foundation
package import LabKit

/// Kills runs of enable, rotate and disable at failpoints, and runs the same command again.
package struct KillsTrials: Sendable {
    private let run: TrialRun
    private let user: LabOptions.User
    private let secrets: Int
    private let wantsAll: Bool

    /// - Parameters:
    ///   - secrets: how many besides the five of special kinds.
    ///   - wantsAll: kill at every passing of every point, not only at the telling ones.
    package init(
        _ run: TrialRun, user: LabOptions.User = .docker, secrets: Int = 40, wantsAll: Bool = false
    ) {
        self.run = run
        self.user = user
        self.secrets = secrets
        self.wantsAll = wantsAll
    }

    /// Makes the chosen trials that haven't ended well yet. A trial that doesn't end well ends its
    /// lab, too: what it left behind must not be held against the next one.
    package func make() async throws {
        var tried: Set<TrialResult.Identity> = try run.done()
        var isOver = false
        while !isOver {
            isOver = try await Harness.withLab(
                nodes: 3, runtime: run.runtime, user: user, encryption: .off
            ) { lab in
                try await make(on: lab, &tried)
            }
        }
    }

    /// - Returns: whether none is left.
    private func make(
        on lab: Lab, _ tried: inout Set<TrialResult.Identity>
    ) async throws -> Bool {
        let bench = try await KillBench(
            Operator(of: lab, program: run.program), secrets: secrets)
        var todo = KillQueue(chosen(on: bench))
        todo.remove { tried.contains(identity(of: $0)) }
        run.say("\(todo.count) kills to try on a new lab, as \(user.rawValue)")
        while let step = todo.next() {
            guard case .kill(let kill) = step else {
                if case .undisturbed(let workflow) = step {
                    try await bench.undisturbed(workflow)
                }
                continue
            }
            let (result, outputs) = try await KillTrial(
                kill: kill, bench: bench, server: run.server
            ).make()
            tried.insert(result.identity)
            try run.record(result)
            guard result.endedWell else {
                for output in outputs { run.say(output) }
                return todo.count == 0
            }
        }
        return true
    }

    private func identity(of kill: Kill) -> TrialResult.Identity {
        KillTrial.identity(of: kill, user: user, server: run.server)
    }

    private func chosen(on bench: KillBench) -> [Kill] {
        let plans = TrialWorkflow.allCases.map { KillPlan($0, passed: bench.passed[$0] ?? []) }
        let kills = plans.flatMap(\.telling) + (wantsAll ? plans.flatMap(\.all) : [])
        var seen: Set<Kill> = []
        return run.selection.chosen(of: kills.filter { seen.insert($0).inserted }) {
            "\($0.workflow.rawValue) \($0.point.name)"
        }
    }
}
