internal import Basics
internal import Crypto
internal import EncryptionModel
internal import Transition

// What each action does. Whatever must be known after a crash is in the journal, on the disk,
// before anything follows from it.

extension WorkflowRun {
    mutating func perform(_ action: Action) async throws {
        switch action {
        // The beginning refuses much before it touches anything.
        case .inspectStored, .takeWatermarks, .gatherEvidence, .begin: break
        default: hasTouched = true
        }
        switch action {
        case .inspectStored(let patterns):
            stored = try await storedValues(of: patterns)
        case .begin(let kind, let from, let target):
            try await begin(kind, from: from, target: target)
        case .turnBack(let reversal): try await turnBack(reversal)
        case .beginStage(let stage): try await beginStage(stage)
        case .rollOut(let node, let stage): try await rollOut(node, stage)
        case .reload(let nodes, let stage): try await reload(nodes, stage)
        case .takeWatermarks(let patterns): try await takeWatermarks(patterns)
        case .rewrite(let resource, let watermark): try await rewrite(resource, above: watermark)
        case .gatherEvidence(let patterns): try await gatherEvidence(patterns)
        case .proveAnew: try await proveAnew()
        case .finish: try await finish()
        }
    }

    /// The new key is in the journal, on the disk, before anything else knows of it.
    private mutating func begin(
        _ kind: OperationKind, from: ProviderConfig?, target: Target
    ) async throws {
        let patterns = Set((from?.patterns ?? []) + target.patterns).sorted()
        try await ports.kubernetes.checkRights(
            toRewrite: try await ports.kubernetes.resources(matching: patterns))
        try await refuseUnlistedServers(kind)
        try await preflight(target, kind)
        try await takeSnapshotFirst(kind)
        let id = try randomIdentifier(bytes: 6)
        let now = workflow.clock.now()
        // Whatever lies on a node or in RKE's members of the state file is about to be overwritten.
        archive(try await ports.journal.recordedKeys(), at: now, by: "RKE's state")
        adopt((from?.keys ?? []) + (sights ?? []).flatMap(\.keys), at: now, by: id)
        var fresh: [LocalKey] = []
        var to: ProviderConfig?
        switch target {
        case .nothing: break
        case .exactly(let config): to = config
        case .draft(let draft):
            for provider in draft.providers {
                let key = try LocalKey.generate(provider: provider, name: freshName(at: now))
                journal.keys.append(KeyRecord(key: key, created: now, createdBy: id))
                fresh.append(key)
            }
            to = draft.filled(with: fresh)
        }
        adopt(to?.keys ?? [], at: now, by: goal.isCustom ? KeyRecord.custom : id)
        let operation = Operation(
            id: id, kind: kind, started: now, from: from, to: to,
            rewritesAll: provesByRewriting)
        journal.operation = operation
        try await save(StateConfigs(desired: to, current: from))
        hasTouched = true
        current = OperationReport(operation: operation, wasResumed: false)
        workflow.report(.began(operation, newKeys: fresh))
        for (key, snapshots) in journal.snapshots(neededAfter: operation) {
            workflow.report(.keptFor(key, snapshots.map(\.name)))
        }
    }

    /// A server that cluster.yml doesn't name would go on with what it has: it couldn't read what the
    /// others write, nor they in the end what it writes. What is there already is repaired all the
    /// same.
    private func refuseUnlistedServers(_ kind: OperationKind) async throws {
        guard kind != .repair else { return }
        let listed = ports.controlPlane.nodes.count
        let found: Set<String>
        do { found = try await ports.kubernetes.advertisedServers() } catch {
            try Task.checkCancellation()
            // Not every cluster tells, nor everybody.
            return workflow.report(
                .detail("whether there are other API servers isn't known: \(Fault(error).message)"))
        }
        guard found.count > listed else { return }
        throw Fault(
            .refused,
            "the cluster has \(found.count) API servers (\(found.sorted().joined(separator: ", "))),"
                + " and cluster.yml names \(listed) with the role controlplane",
            hint:
                "Nothing was touched. Name every one in cluster.yml: what is left out couldn't read"
                + " what the others write. kubectl get endpoints kubernetes shows them; one that was"
                + " removed is gone from there soon.")
    }

    /// Of what is planned; a repair must not wait.
    private mutating func takeSnapshotFirst(_ kind: OperationKind) async throws {
        guard let saving = workflow.snapshotFirst, kind != .repair else { return }
        let saved = try await saving.take(name: nil, journal: journal)
        journal.snapshots.append(saved.record)
        try await save()
        result.snapshots.append(saved.record)
        workflow.report(.tookSnapshot(saved.record))
    }

    /// What brings back or keeps what is there already doesn't have to be asked for.
    func preflight(_ target: Target, _ kind: OperationKind) async throws {
        guard kind != .repair, kind != .rewrite else { return }
        switch target {
        case .nothing: return
        case .exactly(let config):
            try await ports.controlPlane.preflight(config)
            // What is managed is ours to choose, and what is deployed already was told of then.
            guard goal.isCustom else { return }
            for finding in config.advice(on: ServerTraits(release: nil)) {
                workflow.report(.warning("\(finding.message). \(finding.hint)"))
            }
        case .draft(let draft):
            // What of it is there already, and its resources, decide; the keys to be made don't.
            try await ports.controlPlane.preflight(draft.filled(with: []))
        }
    }

    /// From here on the way back is the operation; whoever continues it goes back.
    private mutating func turnBack(_ reversal: Reversal) async throws {
        guard let former = journal.operation else { return }
        let operation = Operation(
            id: try randomIdentifier(bytes: 6), kind: .abort, started: workflow.clock.now(),
            from: reversal.from, to: reversal.to, stage: reversal.stage,
            rewritesAll: provesByRewriting)
        journal.operation = operation
        journal.history.append(
            HistoryEntry(
                operation: former.id, kind: former.kind, started: former.started,
                finished: operation.started, summary: "given up by \(operation.id)"))
        try await save(StateConfigs(desired: reversal.to, current: reversal.deployed))
        current = OperationReport(operation: operation, wasResumed: false)
        workflow.report(.began(operation, newKeys: []))
    }

    private mutating func beginStage(_ stage: Stage) async throws {
        journal.operation?.stage = stage.name
        try await save(StateConfigs(desired: journal.operation?.to, current: stage.config))
        current?.began(stage.name)
        let stages = plan?.stages ?? []
        let number = (stages.firstIndex { $0.name == stage.name } ?? 0) + 1
        workflow.report(.stageBegan(stage.name, number: number, of: stages.count))
    }

    private mutating func finish() async throws {
        guard let operation = journal.operation else { return }
        let now = workflow.clock.now()
        let (kept, successors) = (Set(operation.to?.keys ?? []), operation.successors)
        for index in journal.keys.indices
        where journal.keys[index].retired == nil && !kept.contains(journal.keys[index].key) {
            journal.keys[index].retired = now
            journal.keys[index].retiredBy = operation.id
            // A repair that had the key back for a while says nothing about which one follows it.
            if let next = successors[journal.keys[index].key] {
                journal.keys[index].successor = next.fingerprint.hex
            }
            current?.retired.append(journal.keys[index].key)
        }
        journal.history.append(
            HistoryEntry(
                operation: operation.id, kind: operation.kind, started: operation.started,
                finished: now, summary: operation.summary))
        journal.operation = nil
        try await save(StateConfigs(desired: operation.to, current: operation.to))
        recorded = .known(operation.to)
        await updateStateCopy(to: operation.to)
        if let current { result.operations.append(current) }
        current = nil
        stored = .notInspected
        sights = nil
        result.deployed = operation.to
        hasReachedGoal = operation.kind == goal.operation
        workflow.report(.finished(operation))
    }

    func save(_ configs: StateConfigs? = nil) async throws {
        try await ports.journal.save(journal, configs: configs)
    }
}
