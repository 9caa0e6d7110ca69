internal import Basics
internal import Foundation
internal import LabKit

/// A run that is killed, and the same command run again.
struct KillTrial {
    let kill: Kill
    let bench: KillBench
    let server: String

    private var user: Operator { bench.user }

    static func identity(of kill: Kill, user: LabOptions.User, server: String)
        -> TrialResult.Identity
    {
        TrialResult.Identity(
            kind: .kills, workflow: kill.workflow.rawValue, name: kill.point.name,
            timing: "\(kill.timing), as \(user.rawValue)", server: server)
    }

    /// Never throws because of what the orchestrator does: that is the result.
    func make() async throws -> (TrialResult, outputs: [String]) {
        let began = ContinuousClock.now
        var (problems, happened, outputs): ([String], String, [String]) = ([], "", [])
        do {
            try kill.workflow.prepare(user.lab)
            let before = try KnownKeys(stateFile: user.read("cluster.rkestate"))
            let first = try await user.start(
                kill.workflow.command,
                environment: [PassedPoint.killVariable: kill.specification]
            ).end()
            outputs.append(first.errorOutput)
            switch first.status {
            case 128 + Int(SIGKILL):
                let left = try await AfterKill.seen(user)
                problems += left.problems
                let second = try await runAgain(before: before, left, &problems, &outputs)
                happened = "killed\(told(left.down)); \(second)"
            case 0 where kill.delay > 0: happened = "ended before the kill"
            default: problems.append("it wasn't killed: exit status \(first.status)")
            }
            problems += try await bench.problems(after: kill.workflow)
        } catch {
            problems.append("\(Fault(error))")
        }
        let result = TrialResult(
            Self.identity(of: kill, user: user.lab.options.user, server: server),
            happened: happened, problems: problems,
            seconds: (ContinuousClock.now - began) / .seconds(1))
        return (result, outputs)
    }

    private func told(_ down: [String]) -> String {
        down.isEmpty ? "" : " while \(down.joined(separator: " and ")) didn't serve"
    }

    /// - Returns: what the second run did, in a few words.
    private func runAgain(
        before: KnownKeys, _ left: AfterKill, _ problems: inout [String],
        _ outputs: inout [String]
    ) async throws -> String {
        let result = try await user.start(kill.workflow.command + ["--output", "json"]).end()
        outputs.append(result.errorOutput)
        guard result.status == 0 else {
            problems.append("the second run: exit status \(result.status): \(result.errorOutput)")
            return "the second run failed"
        }
        let done = try result.document(WorkflowDocument.self)
        if (done.operation?.resumed ?? false) != left.isUnfinished {
            problems.append("the journal was unfinished: \(left.isUnfinished), but not resumed so")
        }
        let keys = try KnownKeys(stateFile: user.read("cluster.rkestate"))
        let lost = Set(left.keys.all.map(\.secret)).subtracting(keys.all.map(\.secret))
        if !lost.isEmpty { problems.append("the second run lost \(lost.count) keys") }
        let generated = keys.all.count - before.all.count
        // A rotation that was over when it was killed is followed by another one.
        let wasOver = !left.isUnfinished && left.keys.all.count > before.all.count
        let expected =
            switch kill.workflow {
            case .enable: 1
            case .rotate: wasOver ? 2 : 1
            case .disable: 0
            }
        if generated != expected {
            problems.append("\(generated) keys were generated where \(expected) should be")
        }
        if done.operation == nil { return "nothing was left to do" }
        return left.isUnfinished ? "the second run resumed" : "the second run began anew"
    }
}
