/// The resources of one entry of a provider config, as written there.
public struct ResourcePattern: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// `secrets`, `deployments.apps`, `*.apps` or `*.*`.
    public let text: String

    public init(_ text: String) { self.text = text }

    /// The pattern that names exactly this resource.
    public init(_ resource: GroupResource) { text = resource.description }

    public static let secrets = ResourcePattern("secrets")

    /// How specific it is: kube-apiserver looks for the exact name, then `*.group`, then `*.*`.
    enum Reach: Int, Comparable {
        case exact, group, all
        static func < (left: Reach, right: Reach) -> Bool { left.rawValue < right.rawValue }
    }

    public var isWildcard: Bool { reach != .exact }
    public var coversEverything: Bool { reach == .all }

    var reach: Reach {
        text == "*.*" ? .all : text.hasPrefix("*.") ? .group : .exact
    }

    /// The patterns that kube-apiserver tries next for a resource that this one names, in order.
    public var lessSpecific: [ResourcePattern] {
        switch reach {
        case .all: []
        case .group: [ResourcePattern("*.*")]
        case .exact:
            // The core group is written `*.` with nothing after the dot.
            [ResourcePattern("*." + text.drop { $0 != "." }.dropFirst()), ResourcePattern("*.*")]
        }
    }

    public var description: String { text }

    public static func < (left: ResourcePattern, right: ResourcePattern) -> Bool {
        (left.reach, left.text) < (right.reach, right.text)
    }
}

/// What kube-apiserver reads from the file named by `--encryption-provider-config`.
public struct ProviderConfig: Sendable, Hashable {
    public struct Rule: Sendable, Hashable {
        public let resources: [ResourcePattern]
        public let chain: Chain

        public init(resources: [ResourcePattern], chain: Chain) {
            self.resources = resources
            self.chain = chain
        }
    }

    public let rules: [Rule]

    public init(rules: [Rule]) { self.rules = rules }

    public var patterns: [ResourcePattern] { rules.flatMap(\.resources) }

    /// Every key of a local provider, each once, in the order of its first place.
    public var keys: [LocalKey] {
        var seen = Set<LocalKey>()
        return rules.flatMap(\.chain.keys).filter { seen.insert($0).inserted }
    }

    /// The chain of what the pattern names, by kube-apiserver's rule: exact name, then `*.group`,
    /// then `*.*`, else identity. Several rules for one name add up, in their order.
    public func chain(for pattern: ResourcePattern) -> Chain {
        for candidate in [pattern] + pattern.lessSpecific {
            let matching = rules.filter { $0.resources.contains(candidate) }
            if !matching.isEmpty { return Chain(matching.flatMap(\.chain.entries)) }
        }
        return .identity
    }

    public func chain(for resource: GroupResource) -> Chain {
        chain(for: ResourcePattern(resource))
    }
}

extension ProviderConfig? {
    /// Whether a server does the same by both, however the rules are grouped and written.
    public func means(_ other: ProviderConfig?) -> Bool {
        Set((self?.patterns ?? []) + (other?.patterns ?? [])).allSatisfy {
            chain(for: $0) == other.chain(for: $0)
        }
    }

    /// The chain of a resource, where no config at all means identity.
    public func chain(for resource: GroupResource) -> Chain {
        chain(for: ResourcePattern(resource))
    }

    public func chain(for pattern: ResourcePattern) -> Chain {
        self?.chain(for: pattern) ?? .identity
    }
}
