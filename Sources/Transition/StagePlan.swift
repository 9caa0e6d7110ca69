public import EncryptionModel

/// One provider config that all API servers must have before the next may be rolled out.
public struct Stage: Sendable, Hashable {
    public let name: StageName
    /// Nil: kube-apiserver runs without the argument and there is no file.
    public let config: ProviderConfig?

    public init(name: StageName, config: ProviderConfig?) {
        self.name = name
        self.config = config
    }
}

/// The way of every resource from one provider config to another.
///
/// For a resource with chain A that is to have chain B, the stages are: A and then what only B
/// has (everybody learns to read B); B and then what only A has (everybody writes B, all of A
/// stays readable); B alone. Whatever one server of two in the same or in adjacent stages writes,
/// the other reads. A stage without which that is so, too, is left out: the first where everybody
/// reads already what B writes, and the second also where B writes what A does.
public struct StagePlan: Sendable, Hashable {
    public let from: ProviderConfig?
    public let to: ProviderConfig?
    /// Every pattern that either config names, the most specific first.
    public let patterns: [ResourcePattern]
    /// What has to be rolled out, in order. A stage that changes nothing isn't there.
    public let stages: [Stage]
    /// What must be stored anew after the write stage: the resources whose writer changes.
    public let rewrites: [ResourcePattern]
    /// What must be proven in etcd before the final stage: the resources that lose an entry, or
    /// whose writer changes.
    public let proofs: [ResourcePattern]

    private let isFull: Bool

    /// - Parameters:
    ///   - rewritesAll: everything that either names is to be stored anew, whatever changes.
    ///   - isFull: no stage is left out because nobody needs it. The way back needs that: only so
    ///     its stages are those of the way there in the opposite order.
    ///
    /// One server alone goes through the read stage too. No other could fail to read what it
    /// writes; but if it doesn't get ready at the write stage and is put back, it must be able to
    /// read what it wrote meanwhile.
    public init(
        from: ProviderConfig?, to: ProviderConfig?, rewritesAll: Bool = false, isFull: Bool = false
    ) {
        self.from = from
        self.to = to
        self.isFull = isFull
        let patterns = Self.patterns(from, to)
        self.patterns = patterns
        var deployed = from
        var stages: [Stage] = []
        for name in StageName.allCases {
            let config = Self.config(of: name, from: from, to: to, isFull: isFull)
            guard config != deployed else { continue }
            stages.append(Stage(name: name, config: config))
            deployed = config
        }
        self.stages = stages
        rewrites = patterns.filter {
            rewritesAll || !from.chain(for: $0).writes(like: to.chain(for: $0))
        }
        proofs = patterns.filter { pattern in
            let (a, b) = (from.chain(for: pattern), to.chain(for: pattern))
            return rewritesAll || !a.writes(like: b) || !a.entries.allSatisfy(b.contains)
        }
    }

    /// The plan of an operation.
    public init(_ operation: Operation) {
        self.init(
            from: operation.from, to: operation.to,
            rewritesAll: [.rewrite, .restore].contains(operation.kind),
            isFull: operation.kind == .abort)
    }

    /// The stage of that name; where the plan does without it, what the servers have then.
    public func stage(_ name: StageName) -> Stage {
        Stage(name: name, config: Self.config(of: name, from: from, to: to, isFull: isFull))
    }

    /// The stage to be rolled out after the given one (nil: the first).
    public func stage(after name: StageName?) -> Stage? {
        guard let name else { return stages.first }
        return stages.first { $0.name > name }
    }

    /// What an object of the resource may be stored as once the proof is to hold.
    public func permittedForms(of resource: ResourcePattern) -> Set<StoredForm> {
        let chain = to.chain(for: resource)
        if rewrites.contains(resource) { return [chain.writer.storedForm] }
        return Set(chain.entries.map(\.storedForm))
    }
}

extension StagePlan {
    /// Whatever resource one of these matches, the most specific match decides its chain in both
    /// configs: so staging the patterns stages every resource.
    private static func patterns(
        _ from: ProviderConfig?, _ to: ProviderConfig?
    ) -> [ResourcePattern] {
        Set((from?.patterns ?? []) + (to?.patterns ?? [])).sorted()
    }

    private static func config(
        of stage: StageName, from: ProviderConfig?, to: ProviderConfig?, isFull: Bool
    ) -> ProviderConfig? {
        let patterns = patterns(from, to)
        let pairs = patterns.map { (from.chain(for: $0), to.chain(for: $0)) }
        let isNeeded =
            switch stage {
            case _ where isFull: true
            case .read: !pairs.allSatisfy { a, b in a.contains(b.writer) }
            case .write: !pairs.allSatisfy { a, b in a.writes(like: b) }
            case .final: true
            }
        guard isNeeded else { return from }
        guard stage != .final else { return to }
        let chains = zip(patterns, pairs).map { pattern, pair in
            let (a, b) = pair
            return (pattern, stage == .read ? a.followed(by: b) : b.followed(by: a))
        }
        // Where a stage means the same as a config that is there anyway, it is that config: so
        // nothing is restarted for another way of writing the same thing.
        if chains.allSatisfy({ from.chain(for: $0.0) == $0.1 }) { return from }
        if chains.allSatisfy({ to.chain(for: $0.0) == $0.1 }) { return to }
        return ProviderConfig(grouping: chains)
    }
}

extension ResourcePattern {
    /// Whether this would decide for what the other names, too, if the other weren't there.
    fileprivate func covers(_ other: ResourcePattern) -> Bool { other.lessSpecific.contains(self) }
}

extension Chain {
    /// Whether what the one writes is written like what the other writes.
    func writes(like other: Chain) -> Bool { writer.reader == other.writer.reader }
}

extension ProviderConfig {
    /// Resources of the same chain share a rule as far as kube-apiserver takes that: neither may a
    /// wildcard stand in one list with a member of it, nor before one.
    ///
    /// - Parameter chains: the most specific first.
    init(grouping chains: [(ResourcePattern, Chain)]) {
        var rules: [Rule] = []
        for (pattern, chain) in chains {
            let kin = rules.indices.first { index in
                rules[index].chain == chain
                    && !rules[index...].contains { $0.resources.contains(where: pattern.covers) }
            }
            if let kin {
                rules[kin] = Rule(resources: rules[kin].resources + [pattern], chain: chain)
            } else {
                rules.append(Rule(resources: [pattern], chain: chain))
            }
        }
        self.init(rules: rules)
    }
}
