internal import Basics
internal import EncryptionModel
internal import Transition

/// One run of a workflow: the journal as it is on the disk, and what was seen last.
struct WorkflowRun {
    let workflow: Workflow
    let goal: Goal
    var journal: Journal
    var result = WorkflowReport()

    var sights: [NodeSight]?
    var stored: Evidence?
    /// The operation that this run carries out, for the report.
    var current: OperationReport?
    /// The goal of a rotation is one finished rotation.
    var hasRotated = false
    /// How often the evidence has shown something stored otherwise after a whole rewrite.
    var failedProofs = 0

    init(workflow: Workflow, goal: Goal, journal: Journal) {
        self.workflow = workflow
        self.goal = goal
        self.journal = journal
        current = journal.operation.map { OperationReport(operation: $0, wasResumed: true) }
    }

    /// More rounds than any write under way can outlast.
    static let mostRounds = 3

    var ports: Ports { workflow.ports }

    /// Sees to it that every node can be seen, and that the state file is this cluster's.
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
    mutating func takeLease() async throws {
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
        if hasRotated { return await conclude() }
        let observation = Observation(nodes: sights.map(\.observation), stored: stored)
        switch decide(journal: journal, observed: observation, goal: goal) {
        case .done: return await conclude()
        case .refuse(let refusal): throw try await explained(refusal)
        case .act(let action):
            let lease = ports.lease
            try await interruptibly { try await lease.check() }
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

    private mutating func conclude() async -> Bool {
        if case .config(let config) = sights?.first?.observation.running {
            result.deployed = config
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
