public import EncryptionModel

/// The whole of what the orchestrator knows about doing this safely: from the journal, from what
/// was just seen and from what is wanted to the next action.
///
/// A pure function: it is asked again after every action, and after a crash it is asked with
/// whatever is there. docs/design.md, «Transitions», has the rules.
public func decide(journal: Journal, observed: Observation, goal: Goal) -> Decision {
    guard !observed.nodes.isEmpty else { return .refuse(.noControlPlane) }
    if let restore = journal.restore, goal != .restore { return .refuse(.restoring(restore)) }
    if let operation = journal.operation {
        // A repair may have been begun by this very run: it comes first.
        if let kind = goal.operation, ![kind, .repair].contains(operation.kind) {
            return .refuse(.unfinished(operation))
        }
        if goal == .abort, operation.kind != .abort {
            return Reversal(of: operation).map { .act(.turnBack($0)) }
                ?? .refuse(.onlyForward(operation))
        }
        return Continuation(operation: operation, nodes: observed.nodes).next()
    }
    return Beginning(journal: journal, observed: observed, goal: goal).next()
}

/// What to do while an operation is under way: always forward.
private struct Continuation {
    let operation: Operation
    let nodes: [NodeObservation]
    let plan: StagePlan

    init(operation: Operation, nodes: [NodeObservation]) {
        self.operation = operation
        self.nodes = nodes
        plan = StagePlan(operation)
    }

    func next() -> Decision {
        if let refusal = foreignConfig { return .refuse(refusal) }
        if isProofOutdated { return .act(.proveAnew) }
        if let stage = operation.stage {
            if stage == .final, let proof = missingProof { return .act(proof) }
            if let action = nextRollout(of: plan.stage(stage)) { return .act(action) }
            if stage == .final { return .act(.finish) }
        }
        // The final stage takes entries away, so it never begins but through the proof.
        if let stage = plan.stage(after: operation.stage), stage.name != .final {
            return .act(.beginStage(stage))
        }
        // Where only the final stage is left, a server may still be down from the way here.
        if operation.stage == nil, let node = nodes.first(where: { !$0.isReady }) {
            return .act(.rollOut(node: node.node, plan.stage(.write)))
        }
        return afterWriteStage()
    }

    /// What brings nodes to the stage next; nil when all are there.
    ///
    /// While a server isn't ready it comes first: bringing it to the stage may mend it, and no
    /// other may be restarted meanwhile. Then come those that need only the file, all at once, and
    /// then those that need a restart, one by one.
    ///
    /// Side by side is as safe as one by one. A server changes from one config to the next in an
    /// instant, so servers that reload at the same time do it in some order, and within a stage any
    /// order is safe: any two servers in the same or in adjacent stages read what the other writes.
    /// Restarts go one by one only so that the API is served meanwhile. A server that loads the file
    /// later than anybody waits for, or when the run was cut off, is one that somebody restarted
    /// then: `.notLoaded` counts as either config, whatever loads it. So it is with a server that
    /// has drifted; what it may have written is in the operation's proof, not in its rollout.
    private func nextRollout(of stage: Stage) -> Action? {
        let waiting = nodes.filter { !$0.isReady }
        if let next = waiting.first(where: { !$0.runs(with: stage.config) }) ?? waiting.first {
            return .rollOut(node: next.node, stage)
        }
        let reloading = nodes.filter { $0.canReload(to: stage) }
        guard reloading.isEmpty else {
            return .reload(nodes: reloading.map(\.node), stage)
        }
        return nodes.first { !$0.isAt(stage) }.map { .rollOut(node: $0.node, stage) }
    }

    /// All servers write as they shall; now everything stored must follow, and be proven.
    private func afterWriteStage() -> Decision {
        let rewrites = plan.rewrites(of: operation)
        if !rewrites.isEmpty {
            guard let watermarks = operation.watermarks else {
                return .act(.takeWatermarks(rewrites))
            }
            for (resource, watermark) in watermarks.sorted(by: { $0.key < $1.key })
            where !operation.isRewritten(resource) {
                return .act(.rewrite(resource, above: watermark))
            }
        }
        if !plan.proofs.isEmpty {
            guard let record = operation.evidence else { return .act(.gatherEvidence(plan.proofs)) }
            let wrong = plan.violations(in: record.evidence)
            guard wrong.isEmpty else { return .refuse(.notProven(wrong)) }
        }
        return .act(plan.stage(after: .write).map(Action.beginStage) ?? .finish)
    }

    /// Whether a server may have written, since the proof was begun, what the proof says is gone:
    /// somebody put an earlier config back, or took it away, between two runs.
    private var isProofOutdated: Bool {
        let isBegun = operation.watermarks != nil || operation.evidence != nil
        guard !plan.proofs.isEmpty, isBegun || operation.stage == .final else { return false }
        return nodes.contains { node in
            switch node.running {
            case .unconfigured: !plan.hasWriters(of: nil)
            // What is loaded may be what the file has, or what a server of ours had before.
            case .config(let config), .notLoaded(let config): !plan.hasWriters(of: config)
            case .fileMissing, .unclear: true
            }
        }
    }

    /// What an earlier run has proven is looked at once more before a key goes. A server that is
    /// down is mended first.
    private var missingProof: Action? {
        guard operation.evidence == nil, !plan.proofs.isEmpty, nodes.allSatisfy(\.isReady) else {
            return nil
        }
        return .gatherEvidence(plan.proofs)
    }

    /// A node with a key that isn't of this operation: someone else is at work here. Or with a
    /// provider config that nobody understands, whose keys would be lost with it.
    private var foreignConfig: Refusal? {
        let known = Set((operation.from?.keys ?? []) + (operation.to?.keys ?? []))
        for node in nodes {
            if case .unclear(let reason) = node.running {
                return .unclear(node: node.node, reason: reason)
            }
            let foreign = node.running.keys.filter { !known.contains($0) }
            if !foreign.isEmpty { return .foreignConfig(node: node.node, keys: foreign) }
        }
        return nil
    }
}

extension StagePlan {
    /// What must be stored anew: the resources whose writer changes; and, where only an entry goes
    /// that should be unused, what has to be proven, where it may be in use nevertheless.
    func rewrites(of operation: Operation) -> [ResourcePattern] {
        operation.rewritesAll ? proofs : rewrites
    }

    /// Whether a server with this config writes everything as the write stage does.
    func hasWriters(of config: ProviderConfig?) -> Bool {
        patterns.allSatisfy { config.chain(for: $0).writes(like: to.chain(for: $0)) }
    }

    /// What the evidence has that it must not have before the final stage, by resource and form.
    public func violations(in evidence: Evidence) -> [GroupResource: [StoredForm: Int]] {
        evidence.forms { form, resource in
            let pattern = governingPattern(of: resource)
            return pattern.map { !permittedForms(of: $0).contains(form) } ?? false
        }
    }

    /// The most specific pattern of either config that names the resource.
    public func governingPattern(of resource: GroupResource) -> ResourcePattern? {
        let exact = ResourcePattern(resource)
        return ([exact] + exact.lessSpecific).first(where: patterns.contains)
    }
}

extension Evidence {
    func forms(
        where isWanted: (StoredForm, GroupResource) -> Bool
    ) -> [GroupResource: [StoredForm: Int]] {
        var found: [GroupResource: [StoredForm: Int]] = [:]
        for (resource, counts) in counts {
            let wanted = counts.filter { $0.value > 0 && isWanted($0.key, resource) }
            if !wanted.isEmpty { found[resource] = wanted }
        }
        return found
    }
}

extension Operation {
    func isRewritten(_ resource: GroupResource) -> Bool {
        rewrites.contains { $0.resource == resource && $0.failed.isEmpty }
    }
}

extension NodeObservation.Running {
    /// What is known to be loaded, if anything is.
    var config: ProviderConfig? {
        if case .config(let config) = self { config } else { nil }
    }

    /// Every key that the node's file has.
    var keys: [LocalKey] {
        switch self {
        case .config(let config), .notLoaded(let config): config.keys
        case .unconfigured, .fileMissing, .unclear: []
        }
    }
}

extension [NodeObservation] {
    var firstUnclear: Refusal? {
        for node in self {
            switch node.running {
            case .unclear(let reason): return .unclear(node: node.node, reason: reason)
            case .fileMissing(let path):
                return .unclear(
                    node: node.node, reason: "its argument names \(path), where there is no file")
            case .notLoaded: return .notLoaded(node: node.node)
            case .config, .unconfigured: continue
            }
        }
        return nil
    }
}
