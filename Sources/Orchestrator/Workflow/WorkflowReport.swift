public import EncryptionModel
public import Transition

/// What one run of a workflow did, for the result on standard output.
public struct WorkflowReport: Sendable {
    /// What the run finished, in order; empty where there was nothing to do.
    public var operations: [OperationReport] = []
    /// What is deployed now; nil is no encryption.
    public var deployed: ProviderConfig?
    /// Some API server is run from a manifest that other programs may write anew.
    public var hasStaticPods = false
    public var warnings: [String] = []
    /// Why nothing was begun that was asked for, where that is no failure.
    public var reason: String?
    /// Taken by this run, before and after.
    public var snapshots: [SnapshotRecord] = []
    /// What was taken away of before, where that was asked for.
    public var scrubbed: Scrubbed?

    public init() {}
}

/// One operation of the run, as far as this run carried it out.
public struct OperationReport: Sendable {
    public struct Stage: Sendable {
        public let name: StageName
        public var nodes: [Node] = []
    }

    public struct Node: Sendable {
        public let name: String
        public let address: String
        public let result: RolloutResult
    }

    public let operation: Operation
    /// An earlier run had begun it.
    public let wasResumed: Bool
    public var stages: [Stage] = []
    public var rewrites: [RewriteResult] = []
    /// How long this run waited for writes that were begun before the servers reloaded.
    public var waited = Duration.zero
    public var evidence: EvidenceRecord?
    /// The keys that left the provider config, now in the archive.
    public var retired: [LocalKey] = []

    init(operation: Operation, wasResumed: Bool) {
        self.operation = operation
        self.wasResumed = wasResumed
        evidence = operation.evidence
    }
}

extension OperationReport {
    /// Whether all of the operation went without a restart. Of what an earlier run did of it nobody
    /// knows here.
    public var restartedNothing: Bool {
        let results = stages.flatMap(\.nodes).map(\.result)
        return !wasResumed && !results.isEmpty && !results.contains(where: \.restarted)
    }

    mutating func began(_ stage: StageName) {
        if !stages.contains(where: { $0.name == stage }) { stages.append(Stage(name: stage)) }
    }

    mutating func rolledOut(_ stage: StageName, _ node: Node) {
        began(stage)
        for index in stages.indices where stages[index].name == stage {
            stages[index].nodes.append(node)
        }
    }
}
