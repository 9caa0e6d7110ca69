internal import Basics
public import EncryptionModel
public import Transition

/// What a workflow would do, found by asking the same decision with a cluster in memory.
public struct DryRun: Sendable {
    public enum Step: Sendable, Hashable {
        case newKey(LocalProvider)
        case stage(StageName, chains: String)
        case node(name: String, address: String, NodeChange)
        case rewrite([GroupResource])
        case evidence([GroupResource])
        case retire([LocalKey])
        /// It stays in the state file, for these known snapshots need it.
        case keep(LocalKey, snapshots: [String])
    }

    public enum NodeChange: String, Sendable, Hashable {
        /// The server runs without the argument so far.
        case addArgument = "write the provider config, add the argument, restart kube-apiserver"
        /// As well, and from then on it reloads.
        case addReloadingArgument =
            "write the provider config, add the argument and that for automatic reload, restart kube-apiserver"
        case replaceFile = "write the provider config, restart kube-apiserver"
        /// It has the argument already, and reloads from then on.
        case replaceFileToReload =
            "write the provider config, add the argument for automatic reload, restart kube-apiserver"
        case reloadFile = "write the provider config, which kube-apiserver loads by itself"
        case removeArgument =
            "take the argument away, restart kube-apiserver, delete the provider config"
    }

    public struct Operation: Sendable {
        public let kind: OperationKind
        public let wasResumed: Bool
        public var steps: [Step]
    }

    public var operations: [Operation] = []
}

extension Workflow {
    /// Says what `run` would do now. Looks at the cluster, touches nothing.
    ///
    /// - Throws: what `run` would throw before it touches anything.
    public func plan(_ goal: Goal) async throws -> DryRun {
        var run = try await start(goal)
        do {
            _ = try await run.isIdentified(mayMend: true, grace: .zero)
            return try await run.rehearse()
        } catch {
            throw run.whereItStands(after: Fault(error))
        }
    }
}

extension WorkflowRun {
    /// Far above what any transition takes; reached only if deciding went in a circle.
    private static let longestRehearsal = 10_000

    mutating func rehearse() async throws -> DryRun {
        var rehearsal = Rehearsal(
            journal: journal, recorded: recorded,
            sights: try await workflow.ports.controlPlane.observe(),
            addresses: Dictionary(
                workflow.ports.controlPlane.nodes.map { ($0.name, $0.address) },
                uniquingKeysWith: { first, _ in first }))
        for _ in 0..<Self.longestRehearsal {
            let observed = Observation(
                nodes: rehearsal.nodes, stored: rehearsal.stored, recorded: rehearsal.recorded)
            switch decide(journal: rehearsal.journal, observed: observed, goal: goal) {
            case .done: return rehearsal.plan
            case .refuse(let refusal): throw try await explained(refusal)
            case .act(.inspectStored(let patterns)):
                rehearsal.stored = try await storedValues(of: patterns)
            case .act(.finish)
            where goal.operation != nil && rehearsal.journal.operation?.kind == goal.operation:
                try rehearsal.perform(.finish, at: workflow.clock.now())
                return rehearsal.plan
            case .act(.begin(.rotateKey, let from, _)) where youngKey(in: from) != nil:
                return rehearsal.plan
            case .act(.begin(let kind, let from, let target)):
                try await preflight(target, kind)
                try rehearsal.perform(
                    .begin(kind, from: from, to: target), at: workflow.clock.now())
            case .act(let action): try rehearsal.perform(action, at: workflow.clock.now())
            }
        }
        throw Fault(.failed, "no plan was found in \(Self.longestRehearsal) steps")
    }
}

/// The cluster in memory on which a workflow is rehearsed.
private struct Rehearsal {
    var journal: Journal
    var nodes: [NodeObservation]
    var stored = StoredValues.notInspected
    var recorded: RecordedConfig
    var plan = DryRun()
    private let addresses: [String: String]

    init(
        journal: Journal, recorded: RecordedConfig, sights: [NodeSight],
        addresses: [String: String]
    ) {
        self.journal = journal
        self.recorded = recorded
        self.addresses = addresses
        nodes = sights.map(\.observation)
        if let operation = journal.operation {
            plan.operations.append(.init(kind: operation.kind, wasResumed: true, steps: []))
        }
    }

    mutating func perform(_ action: Action, at now: Timestamp) throws {
        switch action {
        case .inspectStored: break
        case .begin(let kind, let from, let target):
            try begin(kind, from: from, target: target, at: now)
        case .turnBack(let reversal): turnBack(reversal, at: now)
        case .beginStage(let stage):
            journal.operation?.stage = stage.name
            note(.stage(stage.name, chains: stage.config.toldOrNone))
        case .rollOut(let node, let stage): rollOut(node, stage)
        case .reload(let nodes, let stage): for node in nodes { reload(node, stage) }
        case .takeWatermarks(let patterns):
            let resources = patterns.map { GroupResource(pattern: $0) }
            journal.operation?.watermarks = Dictionary(
                uniqueKeysWithValues: resources.compactMap { resource in
                    ResourceVersion("1").map { (resource, $0) }
                })
            note(.rewrite(resources))
        case .rewrite(let resource, _):
            journal.operation?.rewrites.append(
                RewriteRecord(
                    resource: resource, objects: 0, rewritten: 0, skipped: 0, failed: [],
                    finished: now))
        case .gatherEvidence(let patterns):
            journal.operation?.evidence = EvidenceRecord(
                source: .etcd, evidence: Evidence(), at: now)
            note(.evidence(patterns.map { GroupResource(pattern: $0) }))
        case .proveAnew:
            journal.operation?.proveAnew()
            guard let operation = journal.operation else { break }
            let stage = StagePlan(operation).stage(.write)
            note(.stage(stage.name, chains: stage.config.toldOrNone))
        case .finish: finish()
        }
    }

    private mutating func begin(
        _ kind: OperationKind, from: ProviderConfig?, target: Target, at now: Timestamp
    ) throws {
        plan.operations.append(.init(kind: kind, wasResumed: false, steps: []))
        var to: ProviderConfig?
        switch target {
        case .nothing: break
        case .exactly(let config): to = config
        case .draft(let draft):
            let keys = try draft.providers.enumerated().map { index, provider in
                note(.newKey(provider))
                let number = draft.providers.count > 1 ? " \(index + 1)" : ""
                return try LocalKey.generate(provider: provider, name: "new key\(number)")
            }
            to = draft.filled(with: keys)
        }
        journal.operation = .init(id: "rehearsal", kind: kind, started: now, from: from, to: to)
    }

    private mutating func turnBack(_ reversal: Reversal, at now: Timestamp) {
        plan.operations = [.init(kind: .abort, wasResumed: false, steps: [])]
        journal.operation = .init(
            id: "rehearsal", kind: .abort, started: now, from: reversal.from, to: reversal.to,
            stage: reversal.stage)
        guard let stage = reversal.stage else { return }
        note(.stage(stage, chains: reversal.deployed.toldOrNone))
    }

    private mutating func rollOut(_ name: String, _ stage: Stage) {
        guard let node = nodes.first(where: { $0.node == name }) else { return }
        let change: DryRun.NodeChange =
            switch (node.running, stage.config, node.reloading) {
            case (_, nil, _): .removeArgument
            case (.unconfigured, .some, .offered): .addReloadingArgument
            case (.unconfigured, .some, _): .addArgument
            case (_, .some, .offered): .replaceFileToReload
            case (_, .some, _): .replaceFile
            }
        bring(name, to: stage, by: change, leaving: node.reloading.afterRestart(with: stage.config))
    }

    /// Every server is taken at its word that it will.
    private mutating func reload(_ name: String, _ stage: Stage) {
        bring(name, to: stage, by: .reloadFile, leaving: .available)
    }

    private mutating func bring(
        _ name: String, to stage: Stage, by change: DryRun.NodeChange,
        leaving reloading: NodeObservation.Reloading
    ) {
        guard let index = nodes.firstIndex(where: { $0.node == name }) else { return }
        note(.node(name: name, address: addresses[name] ?? name, change))
        nodes[index] = NodeObservation(
            node: name, running: stage.config.map { .config($0) } ?? .unconfigured, isReady: true,
            reloading: reloading)
    }

    private mutating func finish() {
        guard let operation = journal.operation else { return }
        let kept = Set(operation.to?.keys ?? [])
        let lost = (operation.from?.keys ?? []).filter { !kept.contains($0) }
        if !lost.isEmpty { note(.retire(lost)) }
        for (key, snapshots) in journal.snapshots(neededAfter: operation) {
            note(.keep(key, snapshots: snapshots.map(\.name)))
        }
        journal.operation = nil
        stored = .notInspected
        recorded = .known(operation.to)
    }

    private mutating func note(_ step: DryRun.Step) {
        guard let last = plan.operations.indices.last else { return }
        plan.operations[last].steps.append(step)
    }
}

extension NodeObservation.Reloading {
    /// What a server offers once it was restarted: what it had been offered it has, and with the
    /// provider config the argument for reloading goes, too.
    fileprivate func afterRestart(with config: ProviderConfig?) -> Self {
        switch self {
        case .unavailable: .unavailable
        case .offered, .available: config == nil ? .offered : .available
        }
    }
}
