internal import EncryptionModel

/// Nodes that don't have what is recorded: a node that was added or reinstalled, a provider config
/// that is missing or was altered, an argument that somebody's upgrade lost.
///
/// Such a server may have written in whatever it ran with. So the repair is a transition like any
/// other: from what may be stored, to what is recorded, with a rewrite and with evidence.
struct Repair {
    /// What is recorded.
    private let recorded: ProviderConfig?
    private let nodes: [NodeObservation]
    private let known: Set<LocalKey>

    /// Nil where every node has what is recorded, or nothing is.
    init?(journal: Journal, observed: Observation) {
        guard case .known(let recorded) = observed.recorded,
            !observed.nodes.allSatisfy({ $0.runs(with: recorded) })
        else { return nil }
        self.recorded = recorded
        nodes = observed.nodes
        known = Set(journal.keys.map(\.key) + (recorded?.keys ?? []))
    }

    private var drifted: [NodeObservation] { nodes.filter { !$0.runs(with: recorded) } }

    var target: Target { recorded.map { .exactly($0) } ?? .nothing }

    var patterns: [ResourcePattern] {
        let seen = drifted.compactMap(\.running.visible).flatMap(\.patterns)
        let named = Set(seen + (recorded?.patterns ?? [])).sorted()
        return named.isEmpty ? [.secrets] : named
    }

    /// The config that all servers run with, if they run with one and the same.
    var agreed: ProviderConfig?? {
        guard Set(nodes.map(\.running)).count == 1, let running = nodes.first?.running else {
            return nil
        }
        switch running {
        case .unconfigured: return .some(nil)
        case .config(let config): return .some(config)
        case .notLoaded, .fileMissing, .unclear: return nil
        }
    }

    /// Whether all servers run with one config, and it reads all that the recorded one does.
    var agreedReadsTheRecorded: Bool {
        guard let agreed else { return false }
        return patterns.allSatisfy { pattern in
            recorded.chain(for: pattern).entries.allSatisfy(agreed.chain(for: pattern).contains)
        }
    }

    /// A node with keys of which nobody here knows.
    var unknownKeys: Refusal? { refusal { !known.contains($0) } }

    /// Values stored under the one look like values stored under the other.
    private var namesakes: Refusal? {
        let forms = Set(known.map { ProviderEntry.key($0).storedForm })
        return refusal { key in
            !known.contains(key) && forms.contains(ProviderEntry.key(key).storedForm)
        }
    }

    private func refusal(where isWrong: (LocalKey) -> Bool) -> Refusal? {
        for node in drifted {
            let wrong = node.running.keys.filter(isWrong)
            if !wrong.isEmpty { return .unknownKeys(node: node.node, keys: wrong) }
        }
        return nil
    }

    /// Why it can't be done: something is there of which nobody here knows.
    var refusal: Refusal? {
        if let namesakes { return namesakes }
        // Where all agree, what is stored decides, so keys that are new here are no obstacle yet.
        guard agreed == nil else { return nil }
        if let unknownKeys { return unknownKeys }
        for node in drifted {
            if case .unclear(let reason) = node.running {
                return .unclear(node: node.node, reason: reason)
            }
            if let visible = node.running.visible, !plugins(of: visible).isSubset(of: ownPlugins) {
                return .nodesDisagree(nodes)
            }
        }
        // A server that is merely down has drifted from nothing; why it is down isn't ours to know.
        let waiting = nodes.filter { node in
            let hasRecorded =
                node.runs(with: recorded) || node.running.visible.map { $0 == recorded } == true
            return !node.isReady && hasRecorded
        }.map(\.node)
        return waiting.isEmpty ? nil : .notReady(nodes: waiting)
    }

    /// Everything under which something may be stored, what the drifted servers wrote with first.
    var from: ProviderConfig? {
        ProviderConfig(
            grouping: patterns.map { pattern in
                let own = recorded.chain(for: pattern)
                let seen = drifted.flatMap { node in
                    node.running.mayHaveLoaded(recorded).flatMap { $0.chain(for: pattern).entries }
                }
                let others = seen.filter { $0 != own.writer }
                // Which of its entries a server wrote with isn't known for sure, so there is
                // always something to rewrite.
                let first = others.isEmpty ? own.entries.filter { $0 != own.writer } : others
                return (
                    pattern,
                    Chain((first.isEmpty ? [.identity] : first) + own.entries)
                )
            })
    }

    private var ownPlugins: Set<ProviderEntry> { recorded.map(plugins) ?? [] }

    private func plugins(of config: ProviderConfig) -> Set<ProviderEntry> {
        Set(config.rules.flatMap(\.chain.entries).filter { $0.localKey == nil && $0 != .identity })
    }
}

extension NodeObservation.Running {
    /// The provider config that lies on the node, loaded or not.
    fileprivate var visible: ProviderConfig? {
        switch self {
        case .config(let config), .notLoaded(let config): config
        case .unconfigured, .fileMissing, .unclear: nil
        }
    }

    /// What the server may run with.
    fileprivate func mayHaveLoaded(_ recorded: ProviderConfig?) -> [ProviderConfig?] {
        switch self {
        case .unconfigured: [nil]
        case .config(let config): [config]
        case .notLoaded(let config): [config, recorded]
        case .fileMissing, .unclear: [recorded]
        }
    }
}
