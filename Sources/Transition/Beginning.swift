internal import EncryptionModel

/// What to do while no operation is under way.
struct Beginning {
    let journal: Journal
    let observed: Observation
    let goal: Goal

    func next() -> Decision {
        if goal == .abort || goal == .restore { return .done }
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
        case .abort, .restore: return .done
        case .converge(let wanted): return converge(from: deployed, to: wanted)
        case .rotateKey(configured: .plaintext): return .refuse(.rotationNotConfigured)
        case .rotateKey:
            guard let deployed, let draft = ConfigDraft(rotating: deployed) else {
                return .refuse(.nothingToRotate(deployed: deployed))
            }
            return begin(.rotateKey, from: deployed, to: .draft(draft))
        case .rewrite:
            guard let deployed else { return .refuse(.nothingToRewrite) }
            return begin(.rewrite, from: deployed, to: .exactly(deployed))
        }
    }

    private func converge(from deployed: ProviderConfig?, to wanted: Wanted) -> Decision {
        guard let target = wanted.target(from: deployed, keys: journal.keys) else { return .done }
        if let refusal = ambiguity(of: target, beside: deployed) { return .refuse(refusal) }
        switch (deployed, target) {
        case (nil, _): return begin(.enable, from: nil, to: target)
        case (_, .nothing): return begin(.disable, from: deployed, to: target)
        case (_, .draft), (_, .exactly): return begin(.change, from: deployed, to: target)
        }
    }

    /// What the user's config has that couldn't be told from something else by what is stored.
    private func ambiguity(of target: Target, beside deployed: ProviderConfig?) -> Refusal? {
        guard case .exactly(let config) = target else { return nil }
        let known = journal.keys.map(\.key) + (deployed?.keys ?? [])
        let sealed = journal.sealed?.keys ?? []
        let namesakes = config.keys.filter { key in
            let form = ProviderEntry.key(key).storedForm
            return known.contains { $0 != key && ProviderEntry.key($0).storedForm == form }
                || sealed.contains {
                    $0.fingerprint != key.fingerprint.hex && $0.storedForm == form
                }
        }
        if !namesakes.isEmpty { return .nameUsedBefore(namesakes) }
        let names = Set((deployed?.plugins ?? []).map(PluginName.init))
        // kube-apiserver refuses two plugins of one name, and for a time both have to be read.
        let plugins = config.plugins.filter { plugin in
            !names.contains(PluginName(plugin)) && names.contains { $0.name == plugin.name }
        }
        return plugins.isEmpty ? nil : .pluginNameTaken(plugins)
    }

    /// A plugin that would stand in several rules on the way, with which kube-apiserver doesn't
    /// start: of v2 ever, of v1 where it reloads.
    private func tornPlugin(from deployed: ProviderConfig?, to target: Target) -> Refusal? {
        let reloads = observed.nodes.contains { $0.reloading != .unavailable }
        let end = target.outline
        for case let config? in StagePlan(from: deployed, to: end).stages.map(\.config) {
            let torn = config.pluginsOfSeveralRules.first { reloads || $0.version == .v2 }
            guard let torn else { continue }
            let named = [end, deployed].compactMap { $0?.patterns(of: torn) }
            return .pluginTorn(torn, patterns: named.first { !$0.isEmpty } ?? [])
        }
        return nil
    }

    private func begin(_ kind: OperationKind, from: ProviderConfig?, to target: Target) -> Decision
    {
        if let refusal = tornPlugin(from: from, to: target) { return .refuse(refusal) }
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
    fileprivate var pluginsOfSeveralRules: [KMSPlugin] {
        plugins.filter { plugin in rules.count { $0.chain.contains(.kms(plugin)) } > 1 }
    }

    /// What the plugin serves.
    fileprivate func patterns(of plugin: KMSPlugin) -> [ResourcePattern] {
        rules.filter { $0.chain.contains(.kms(plugin)) }.flatMap(\.resources)
    }
}

/// What tells a value of one plugin from a value of another.
private struct PluginName: Hashable {
    let version: KMSPlugin.Version
    let name: String

    init(_ plugin: KMSPlugin) { (version, name) = (plugin.version, plugin.name) }
}
