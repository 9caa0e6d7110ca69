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
    /// Whether this is known to be the state file's cluster.
    private var isIdentified = false
    private var holdsLease = false

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

    /// Sees to it that every node can be seen, and that the state file is this cluster's.
    ///
    /// An interrupted restart may have left the only API server down. With an operation under way
    /// it may then be mended first: the nodes' keys show whose they are.
    mutating func identifyCluster() async throws {
        let sights = try await freshSights()
        let uid: String
        do {
            uid = try await ports.kubernetes.clusterUID()
        } catch {
            let noneServes = !sights.contains(where: \.observation.isReady)
            guard noneServes, journal.operation != nil else { throw error }
            return
        }
        if let known = journal.clusterUID, known != uid {
            throw Fault(
                .refused,
                "the state file belongs to another cluster: its kube-system namespace has UID"
                    + " \(known), this cluster's has \(uid)",
                hint: "Nothing was touched. Use the cluster.yml and state file of this cluster,"
                    + " or check which cluster the kubeconfig and the nodes belong to.")
        }
        journal.clusterUID = uid
        isIdentified = true
    }

    /// Keeps every other operator of the cluster away until the end of the run; as soon as the
    /// cluster is identified, since only then an API server answers.
    mutating func takeLease() async throws {
        guard isIdentified else { return }
        let lease = ports.lease
        try await interruptibly { try await lease.acquire() }
        holdsLease = true
        // Until now another run may have been at work.
        sights = nil
    }

    /// Sees to it that no other operator is at work, before an effect. False: that is so only
    /// since now, so what was seen before counts for nothing.
    ///
    /// Where no API server answers nobody else can take the Lease either, and the effect may be
    /// the one that mends a server.
    private mutating func isAlone() async throws -> Bool {
        guard holdsLease else {
            try await identifyCluster()
            try await takeLease()
            return !holdsLease
        }
        let lease = ports.lease
        try await interruptibly { try await lease.check() }
        return true
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
            guard try await isAlone() else { return true }
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
