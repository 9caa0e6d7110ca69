internal import Basics
internal import EncryptionModel
internal import Transition

/// One run of a workflow: the journal as it is on the disk, and what was seen last.
struct WorkflowRun {
    let workflow: Workflow
    let goal: Goal
    var journal: Journal
    /// What the state file says is deployed, outside of any operation.
    var recorded: RecordedConfig
    var result = WorkflowReport()

    var sights: [NodeSight]?
    var stored = StoredValues.notInspected
    /// The operation that this run carries out, for the report.
    var current: OperationReport?
    /// What stands in the way was looked at twice, since the last action.
    private var hasLookedAgain = false
    /// The one operation that the goal was is finished.
    var hasReachedGoal = false
    /// This run has changed something, be it only the journal.
    var hasTouched = false
    /// How often the evidence has shown something stored otherwise after a whole rewrite.
    var failedProofs = 0

    /// The stage that was rolled out last, and how often each of the nodes to which it was, without
    /// any rollout in between that left it out.
    var lastRollout: (stage: StageName, times: [String: Int])?
    /// Whether this is known to be the state file's cluster, and its Lease is ours.
    var hasHold = false
    /// The only server was given time to come back by itself.
    var hasWaited = false

    init(workflow: Workflow, goal: Goal, journal: Journal, recorded: RecordedConfig) {
        self.workflow = workflow
        self.goal = goal
        self.journal = journal
        self.recorded = recorded
        current = journal.operation.map { OperationReport(operation: $0, wasResumed: true) }
        // What was proven then is looked at once more before a key goes.
        self.journal.operation?.evidence = nil
        guard provesByRewriting, let operation = journal.operation else { return }
        // What a server wrote meanwhile with an earlier config lies above the watermark, too.
        switch operation.stage {
        case .read: break
        case nil, .write:
            self.journal.operation?.watermarks = nil
            self.journal.operation?.rewrites = []
        case .final where StagePlan(operation).proofs.isEmpty: break
        case .final: self.journal.operation?.proveAnew()
        }
    }

    /// More rounds than any write under way can outlast.
    static let mostRounds = 3

    var ports: Ports { workflow.ports }

    func announceResumption() {
        if let operation = journal.operation { workflow.report(.resumed(operation)) }
    }

    /// Observes, decides and acts once. False: there is nothing left to do.
    mutating func step() async throws -> Bool {
        if hasReachedGoal { return await concludeWhatIsFinished() }
        try workflow.stop.check(next: goal.command)
        let decision: Decision
        do {
            decision = try await decided()
            if case .refuse = decision, mayLookAgain { return try await lookAgain() }
        } catch let fault as Fault where mayLookAgain && fault.mayPass {
            return try await lookAgain()
        }
        switch decision {
        case .done: return try await conclude()
        case .refuse(let refusal): throw try await explained(refusal)
        case .act(.begin(.rotateKey, let from, _)) where youngKey(in: from) != nil:
            result.reason = youngKey(in: from)
            return try await conclude()
        case .act(let action):
            if hasHold {
                let lease = ports.lease
                try await interruptibly { try await lease.check() }
            } else {
                try await takeHold(mayMend: action.mayMend)
                // What was decided on may be another operator's by now.
                if hasHold { return true }
            }
            try await perform(action)
            hasLookedAgain = false
            return true
        }
    }

    private mutating func decided() async throws -> Decision {
        let observation = Observation(
            nodes: try await freshSights().map(\.observation), stored: stored, recorded: recorded)
        return decide(journal: journal, observed: observation, goal: goal)
    }

    /// A laptop that was asleep for a while: every question that was under way has timed out when it
    /// wakes, and somebody else may be at work on the cluster. So before anybody is told that
    /// something is down, whether the Lease is still ours, and one more look.
    private var mayLookAgain: Bool { hasHold && !hasLookedAgain }

    private mutating func lookAgain() async throws -> Bool {
        hasLookedAgain = true
        sights = nil
        let lease = ports.lease
        try await interruptibly { try await lease.check() }
        return true
    }

    /// Work that a request to stop ends at once.
    func interruptibly<Success: Sendable>(
        _ work: @escaping @Sendable () async throws -> Success
    ) async throws -> Success {
        do {
            return try await workflow.stop.interrupting(work)
        } catch {
            try workflow.stop.check(next: goal.command)
            throw error
        }
    }

    /// All that was asked for is done and written down. Were the last look a failure, or a request to
    /// stop now, the same command would be run again, and it would make another key.
    private mutating func concludeWhatIsFinished() async -> Bool {
        do { return try await conclude() } catch {
            let fault = Fault(error)
            if fault.code != .interrupted {
                workflow.report(
                    .warning(
                        "all is done; only a last look at the nodes failed: \(fault)"))
            }
            return false
        }
    }

    /// What all servers were seen to run with is written down, where that isn't known yet.
    private mutating func conclude() async throws -> Bool {
        let sights = try await freshSights()
        guard let deployed = sights.agreedConfig else { return false }
        result.deployed = deployed
        result.hasStaticPods = sights.contains(where: \.isStaticPod)
        // Giving up what isn't there decides nothing about who is right, the nodes or the record.
        if goal == .abort && result.operations.isEmpty { return false }
        if hasHold {
            let lease = ports.lease
            try await interruptibly { try await lease.check() }
        }
        if deployed != nil || recorded != .unknown { try await remember(deployed) }
        // Else it was brought up to date when the operation was finished.
        if result.operations.isEmpty { await updateStateCopy(to: deployed) }
        return false
    }

    mutating func freshSights() async throws -> [NodeSight] {
        if let sights { return sights }
        let seen = try await ports.controlPlane.observe()
        sights = seen
        return seen
    }
}

extension [NodeSight] {
    /// What all servers run with, if all are ready and run with the same; nil within is none.
    fileprivate var agreedConfig: ProviderConfig?? {
        guard allSatisfy(\.observation.isReady), Set(map(\.observation.running)).count == 1 else {
            return nil
        }
        switch first?.observation.running {
        case .config(let config): return .some(config)
        case .unconfigured: return .some(nil)
        case .notLoaded, .fileMissing, .unclear, nil: return nil
        }
    }
}

extension Fault {
    /// Whether another look may show something else.
    fileprivate var mayPass: Bool { [.unreachable, .timedOut, .remote].contains(code) }
}

extension Action {
    /// What may be done before it is known that the cluster is the right one, to bring its only
    /// server back: nothing that reaches further than that server and our own journal.
    fileprivate var mayMend: Bool {
        switch self {
        case .rollOut, .turnBack: true
        default: false
        }
    }
}
