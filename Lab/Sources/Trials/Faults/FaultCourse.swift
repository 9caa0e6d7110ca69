internal import Basics
internal import Foundation
internal import LabKit

/// The course of one trial: the run meets the fault, ends, the fault is mended, the very same
/// command is run again, and all has to be well.
struct FaultCourse {
    let trial: FaultTrial
    let check: ClusterCheck

    private var scene: FaultScene { check.scene }

    func run() async throws -> FaultLane.Seen {
        let former = try await formerKey()
        try scene.lab.wantEncryption(trial.workflow.endsEncrypted)
        let settings = try scene.user.read("cluster.yml")
        defer { try? settings.write(to: URL(fileURLWithPath: scene.user.path("cluster.yml"))) }
        if let qps = trial.qps {
            try scene.user.edit("cluster.yml") {
                $0.replacing(
                    "orchestrator:\n", with: "orchestrator:\n  rewrite:\n    qps: \(qps)\n")
            }
        }
        let (result, mend, seconds) = try await meetFault()
        var problems: [String] = []
        if let result, [1, 3].contains(result.status) {
            problems += try await check.stillServing(except: trial.victims)
        }
        try await mend()
        try await scene.lab.waitUntilServing()
        var happened = "took longer than \(trial.limit.components.seconds) s and was killed"
        if let result {
            let judged = Verdict(trial, result)
            problems += judged.problems
            happened = judged.happened + " after \(Int(seconds.rounded())) s"
        } else {
            problems.append(happened)
        }
        if result?.status != 0 {
            let again = try await scene.user.start(trial.workflow.command).end()
            if again.status == 0 {
                happened += "; continued"
            } else {
                problems.append("the command didn't continue: \(again.errorOutput.suffix(800))")
            }
        }
        let story = result?.errorOutput ?? ""
        guard problems.isEmpty else {
            return .init(happened: happened, problems: problems, story: story)
        }
        problems = try await check.endedWell(trial.workflow, former: former)
        return .init(happened: happened, problems: problems, story: story)
    }

    private func formerKey() async throws -> KeyDocument? {
        guard trial.workflow == .rotate else { return nil }
        let done: WorkflowDocument = try await scene.user.succeed("up")
        return done.keys.first
    }

    private func meetFault() async throws -> (ProgramResult?, Mend, seconds: Double) {
        var mend: Mend = {}
        if case .beforeTheRun = trial.moment { mend = try await trial.inject(scene) }
        do {
            let begin = ContinuousClock.now
            let run = FaultedRun(
                try scene.user.start(
                    trial.workflow.command + ["--output", "json"],
                    environment: try await trial.environment(scene)))
            if case .beforeTheRun = trial.moment {
            } else {
                guard try await trial.moment.await(run, of: trial.workflow, scene) else {
                    throw Fault(
                        .failed, "the moment never came: \(run.program.errorOutput.suffix(800))")
                }
                mend = try await run.held { try await trial.inject(scene) }
            }
            let result = try await run.end(within: trial.limit)
            return (result, mend, (ContinuousClock.now - begin) / .seconds(1))
        } catch {
            let mend = mend
            await Task { try? await mend() }.value
            throw error
        }
    }
}

/// How a run that met a fault ended, and whether that is as it has to be.
struct Verdict {
    let happened: String
    let problems: [String]

    init(_ trial: FaultTrial, _ result: ProgramResult) {
        if result.status == 0 {
            happened = "succeeded"
            if case .stop = trial.ending {
                problems = ["it ended well although it can't have been"]
            } else {
                problems = []
            }
            return
        }
        guard [1, 3].contains(result.status),
            let fault = try? result.document(FaultDocument.self).error
        else {
            happened = "ended with status \(result.status)"
            problems = ["\(happened): \(result.errorOutput.suffix(800))"]
            return
        }
        happened =
            "\(result.status == 3 ? "refused" : "stopped"): "
            + fault.message.split(separator: "\n").joined(separator: " ").prefix(240)
        let told = fault.message + "\n" + (fault.hint ?? "")
        let words: [String]
        switch trial.ending {
        case .success:
            problems = ["it should have succeeded: \(result.errorOutput.suffix(1500))"]
            return
        case .stop(let wanted), .either(let wanted):
            words = wanted + [trial.workflow.commandLine]
        }
        problems = words.filter { !told.contains($0) }.map {
            "\"\($0)\" isn't in what it said: \(result.errorOutput.suffix(1500))"
        }
    }
}
