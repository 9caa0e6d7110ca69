internal import Basics
internal import Foundation
internal import LabKit

/// A workflow of the program, as the load goes through it.
package enum LoadWorkflow: String, Sendable, Hashable, CaseIterable {
    case enable, rotate, disable

    /// Whether the cluster is encrypted when it begins.
    var beginsEncrypted: Bool { self != .enable }

    var arguments: [String] {
        self == .rotate ? ["encrypt", "rotate-key"] : ["up"]
    }
}

/// Runs the real program on a lab whose API servers have clients meanwhile, and counts what they
/// see that they never should.
package struct LoadTrials: Sendable {
    package struct Settings: Sendable {
        package var workflows = LoadWorkflow.allCases
        /// Of each workflow.
        package var runs = 10
        /// Secrets besides those of the clients, for the rewriter to work on.
        package var secrets = 1000
        package var load = ClientLoad()

        package init() {}
    }

    private let run: TrialRun
    private let settings: Settings

    package init(_ run: TrialRun, _ settings: Settings) {
        self.run = run
        self.settings = settings
    }

    /// Makes those that haven't ended well yet, one after the other, all on one lab.
    ///
    /// - Returns: what was seen.
    package func make() async throws -> [LoadResult] {
        let done = try run.done()
        let wanted = (1...max(1, settings.runs)).flatMap { number in
            settings.workflows.map { LoadTrial(workflow: $0, number: number) }
        }.filter { !done.contains($0.identity(server: run.server)) }
        guard !wanted.isEmpty else { return [] }
        return try await Harness.withLab(runtime: run.runtime, encryption: .off) { lab in
            _ = try await lab.fill(secrets: settings.secrets)
            var results: [LoadResult] = []
            for trial in wanted { results.append(try await make(trial, lab)) }
            return results
        }
    }

    private func make(_ trial: LoadTrial, _ lab: Lab) async throws -> LoadResult {
        let user = try Operator(of: lab, program: run.program)
        let result = try await trial.make(user, settings.load)
        try run.record(result.trialResult(server: run.server))
        for wrong in result.outcome.wrong.prefix(200) {
            run.say("     \(wrong.second) s \(wrong.server) \(wrong.request): \(wrong.said)")
        }
        return result
    }
}

/// One run of one workflow under load.
package struct LoadTrial: Sendable {
    package let workflow: LoadWorkflow
    /// Counted from 1.
    package let number: Int

    package init(workflow: LoadWorkflow, number: Int) {
        self.workflow = workflow
        self.number = number
    }

    func identity(server: String) -> TrialResult.Identity {
        TrialResult.Identity(
            kind: .load, workflow: workflow.rawValue, name: "clients", timing: "run \(number)",
            server: server)
    }

    /// - Parameter load: its seed is changed with the trial's number.
    package func make(_ user: Operator, _ load: ClientLoad) async throws -> LoadResult {
        try await bringAbout(encryption: workflow.beginsEncrypted, user)
        var load = load
        load.seed = load.seed &* 31 &+ UInt64(number)
        let begin = ContinuousClock.now
        try user.lab.wantEncryption(workflow != .disable)
        let servers = try user.lab.apiServerProcesses()
        let (ended, outcome) = try await load.during(user.lab) {
            try await user.start(workflow.arguments).end()
        }
        var problems: [String] = []
        if ended.status != 0 {
            problems.append("exit status \(ended.status): \(ended.errorOutput.suffix(600))")
        } else if try await user.run("encrypt", "verify").status != 0 {
            problems.append("encrypt verify finds something stored otherwise than it should be")
        }
        let restarted = try user.lab.apiServerProcesses().filter { servers[$0] != $1 }.keys
        return LoadResult(
            trial: self, outcome: outcome, programProblems: problems,
            restarted: restarted.sorted(),
            seconds: (ContinuousClock.now - begin) / .seconds(1))
    }

    private func bringAbout(encryption: Bool, _ user: Operator) async throws {
        try user.lab.wantEncryption(encryption)
        let ended = try await user.start(["up"]).end()
        guard ended.status == 0 else {
            throw Fault(
                .failed,
                "before \(workflow.rawValue) \(number), up: exit status \(ended.status)\n"
                    + ended.errorOutput)
        }
    }
}
