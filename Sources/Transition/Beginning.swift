internal import EncryptionModel

/// What to do while no operation is under way.
struct Beginning {
    let journal: Journal
    let observed: Observation
    let goal: Goal

    func next() -> Decision {
        if goal == .abort { return .done }
        guard let repair = Repair(journal: journal, observed: observed) else {
            return fromAgreement()
        }
        if let refusal = repair.refusal { return .refuse(refusal) }
        switch look(at: repair.patterns) {
        case .inspect(let patterns): return .act(.inspectStored(patterns))
        case .hidden:
            // Nothing tells which is right, unless one reads all that the other does.
            if repair.agreedReadsTheRecorded { return fromAgreement() }
            if let refusal = repair.unknownKeys { return .refuse(refusal) }
        case .seen(let stored):
            // All servers agree on something that reads all there is: then the record is old.
            if let deployed = repair.agreed, stored.unreadable(by: deployed).isEmpty {
                return fromAgreement()
            }
            let unreadable = stored.unreadable(by: repair.from)
            guard unreadable.isEmpty else { return .refuse(.unreadable(unreadable)) }
        }
        return .act(.begin(.repair, from: repair.from, to: repair.target))
    }

    private enum Look {
        case inspect([ResourcePattern])
        case seen(Evidence)
        case hidden
    }

    /// What is stored of the resources, if all of them were looked at already.
    private func look(at patterns: [ResourcePattern]) -> Look {
        switch observed.stored {
        case .notInspected: .inspect(patterns)
        case .seen(let evidence, let seen):
            Set(patterns).isSubset(of: seen)
                ? .seen(evidence) : .inspect(Set(patterns + seen).sorted())
        case .hidden: .hidden
        }
    }

    /// All servers are where they should be, or nobody knows where that is.
    private func fromAgreement() -> Decision {
        let waiting = observed.nodes.filter { !$0.isReady }.map(\.node)
        guard waiting.isEmpty else { return .refuse(.notReady(nodes: waiting)) }
        if let unclear = observed.nodes.firstUnclear { return .refuse(unclear) }
        guard Set(observed.nodes.map(\.running)).count == 1 else {
            return .refuse(.nodesDisagree(observed.nodes))
        }
        let deployed = observed.nodes.first?.running.config
        switch goal {
        case .abort: return .done
        case .converge(.plaintext):
            // A provider config that lies there unused stays: its keys may be the only copy.
            guard deployed != nil else { return .done }
            return begin(.disable, from: deployed, to: .nothing)
        case .converge(.managed(let managed)): return converge(from: deployed, to: managed)
        case .rotateKey(configured: .plaintext): return .refuse(.rotationNotConfigured)
        case .rotateKey(configured: .managed):
            guard let deployed, let draft = ConfigDraft(rotating: deployed) else {
                return .refuse(.nothingToRotate(deployed: deployed))
            }
            return begin(.rotateKey, from: deployed, to: .draft(draft))
        }
    }

    private func converge(from deployed: ProviderConfig?, to managed: ManagedEncryption) -> Decision
    {
        guard let deployed else {
            return begin(.enable, from: nil, to: .draft(ConfigDraft(managed)))
        }
        if deployed.isResult(of: managed) { return .done }
        // What an operation is half-way through, while its journal was lost.
        guard let end = deployed.result(of: managed) else {
            return .refuse(.notManaged(deployed: deployed))
        }
        return begin(.change, from: deployed, to: .exactly(end))
    }

    private func begin(_ kind: OperationKind, from: ProviderConfig?, to target: Target) -> Decision
    {
        let patterns = Set((from?.patterns ?? []) + target.patterns).sorted()
        switch look(at: patterns) {
        case .inspect(let patterns): return .act(.inspectStored(patterns))
        case .hidden: break
        case .seen(let stored):
            let unreadable = stored.unreadable(by: from)
            guard unreadable.isEmpty else { return .refuse(.unreadable(unreadable)) }
        }
        return .act(.begin(kind, from: from, to: target))
    }
}

extension Evidence {
    /// What is stored encrypted that a server with this config couldn't read.
    func unreadable(by config: ProviderConfig?) -> [GroupResource: [StoredForm: Int]] {
        forms { form, resource in
            form != .plaintext
                && !config.chain(for: resource).entries.contains { $0.storedForm == form }
        }
    }
}

extension ProviderConfig {
    /// Whether it is what managed encryption ends with: for all its resources one key of the
    /// provider that writes, and plaintext readable.
    func isResult(of managed: ManagedEncryption) -> Bool {
        Set(patterns) == Set(managed.resources)
            && rules.allSatisfy { rule in
                rule.chain.entries.count == 2 && rule.chain.contains(.identity)
                    && rule.chain.writer.localKey?.provider == managed.provider
            }
    }

    /// What managed encryption ends with under the first key that is here already; nil where this
    /// isn't a stage of managed encryption.
    func result(of managed: ManagedEncryption) -> ProviderConfig? {
        guard Set(patterns) == Set(managed.resources), rules.count == 1,
            let chain = rules.first?.chain, chain.contains(.identity),
            chain.keys.count + 1 == chain.entries.count,
            let key = chain.keys.first, key.provider == managed.provider
        else { return nil }
        return ProviderConfig(
            rules: [Rule(resources: managed.resources, chain: Chain([.key(key), .identity]))])
    }
}
