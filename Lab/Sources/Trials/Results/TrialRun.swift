package import LabKit
internal import Synchronization

/// One run of the program `reliability`: what is tried, and where the results go.
package final class TrialRun: Sendable {
    /// The orchestrator, absolute.
    package let program: String
    package let selection: Selection
    /// As results name the lab's kube-apiserver.
    package let server: String
    /// How the labs run it.
    package let runtime: LabOptions.Runtime
    /// Tells what is going on.
    package let say: @Sendable (String) -> Void
    /// Whether kube-apiserver is the stand-in.
    let isStandIn: Bool
    private let log: ResultLog
    private let made = Mutex<[TrialResult]>([])

    package init(
        program: String, selection: Selection, server: String,
        runtime: LabOptions.Runtime = .docker, log: ResultLog,
        say: @escaping @Sendable (String) -> Void
    ) {
        self.program = program
        self.selection = selection
        self.server = runtime == .docker ? server : "\(server), \(runtime.rawValue)"
        self.runtime = runtime
        isStandIn = server == ServerName.standIn
        self.log = log
        self.say = say
    }

    /// The trials that ended well already.
    package func done() throws -> Set<TrialResult.Identity> { try log.done() }

    /// Keeps the result and tells it.
    package func record(_ result: TrialResult) throws {
        try log.append(result)
        let identity = result.identity
        let line = "\(identity.workflow) \(identity.name) \(identity.timing)"
        say(
            "\(result.endedWell ? "ok  " : "FAIL") \(line): \(result.happened) "
                + "(\(Int(result.seconds.rounded())) s)")
        for problem in result.problems { say("     \(problem)") }
        made.withLock { $0.append(result) }
    }

    /// What became of this run's trials.
    package var results: [TrialResult] { made.withLock(\.self) }

    /// The trials of this run that didn't end well, a line each.
    package var problems: [String] {
        results.filter { !$0.endedWell }.map { result in
            let identity = result.identity
            return "\(identity.workflow) \(identity.name) \(identity.timing): "
                + result.problems.joined(separator: "; ")
        }
    }
}
