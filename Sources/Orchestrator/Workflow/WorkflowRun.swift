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
    var stored: Evidence?
    /// The operation that this run carries out, for the report.
    var current: OperationReport?
    /// The goal of a rotation is one finished rotation.
    var hasRotated = false
    /// How often the evidence has shown something stored otherwise after a whole rewrite.
    var failedProofs = 0

    /// The rollout that was carried out last, and how often without another in between.
    var lastRollout: (node: String, stage: StageName, times: Int)?
    /// Whether this is known to be the state file's cluster, and its Lease is ours.
    private var hasHold = false

    init(workflow: Workflow, goal: Goal, journal: Journal, recorded: RecordedConfig) {
        self.workflow = workflow
        self.goal = goal
        self.journal = journal
        self.recorded = recorded
        current = journal.operation.map { OperationReport(operation: $0, wasResumed: true) }
    }

    /// More rounds than any write under way can outlast.
    static let mostRounds = 3

    var ports: Ports { workflow.ports }

    /// Sees to it that every node can be seen, that the state file is this cluster's, and that no
    /// other operator works on it.
    ///
    /// An interrupted restart may have left the only API server down. With an operation under way
    /// it may then be mended first, and is identified when it answers: until then the nodes' keys
    /// show whose they are.
    mutating func takeHold(mayMend: Bool) async throws {
        let sights = try await freshSights()
        do {
            try await identifyCluster()
        } catch let fault as Fault where fault.code != .refused {
            let noneServes = !sights.contains(where: \.observation.isReady)
            guard mayMend, noneServes, journal.operation != nil else { throw fault }
            return
        }
        try await takeLease()
        hasHold = true
    }

    mutating func identifyCluster() async throws {
        _ = try await freshSights()
        let uid = try await ports.kubernetes.clusterUID()
        if let known = journal.clusterUID, known != uid {
            throw Fault(
                .refused,
                "the state file belongs to another cluster: its kube-system namespace has UID"
                    + " \(known), this cluster's has \(uid)",
                hint: "Nothing was touched. Use the cluster.yml and state file of this cluster,"
                    + " or check which cluster the kubeconfig and the nodes belong to.")
        }
        journal.clusterUID = uid
    }

    /// Keeps every other operator of the cluster away until the end of the run.
    private mutating func takeLease() async throws {
        let lease = ports.lease
        try await interruptibly { try await lease.acquire() }
        // Until now another run may have been at work.
        sights = nil
    }

    func announceResumption() {
        if let operation = journal.operation { workflow.report(.resumed(operation)) }
    }

    /// Observes, decides and acts once. False: there is nothing left to do.
    mutating func step() async throws -> Bool {
        try workflow.stop.check(next: goal.command)
        let sights = try await freshSights()
        if hasRotated { return try await conclude() }
        let observation = Observation(
            nodes: sights.map(\.observation), stored: stored, recorded: recorded)
        switch decide(journal: journal, observed: observation, goal: goal) {
        case .done: return try await conclude()
        case .refuse(let refusal): throw try await explained(refusal)
        case .act(let action):
            if hasHold {
                let lease = ports.lease
                try await interruptibly { try await lease.check() }
            } else {
                try await takeHold(mayMend: action.isRollout)
                // What was decided on may be another operator's by now.
                if hasHold { return true }
            }
            try await perform(action)
            return true
        }
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

    private mutating func conclude() async throws -> Bool {
        switch sights?.first?.observation.running {
        case .config(let config):
            result.deployed = config
            try await remember(config)
        case .unconfigured where recorded != .unknown: try await remember(nil)
        default: break
        }
        // Else it was brought up to date when the operation was finished.
        if result.operations.isEmpty { await updateStateCopy(to: result.deployed) }
        return false
    }

    private mutating func freshSights() async throws -> [NodeSight] {
        if let sights { return sights }
        let seen = try await ports.controlPlane.observe()
        sights = seen
        return seen
    }
}

extension Action {
    fileprivate var isRollout: Bool {
        if case .rollOut = self { true } else { false }
    }
}
