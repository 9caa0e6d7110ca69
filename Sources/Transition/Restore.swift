public import Basics
public import EncryptionModel

/// A restore of a snapshot that has been begun.
public struct Restore: Sendable, Hashable {
    /// How far it is. In each, what it is about may be done on any of the nodes, and is done again
    /// where a run was cut off; the next begins only when all nodes have it behind them.
    public enum Phase: String, Sendable, Hashable, CaseIterable {
        /// The snapshot is restored beside the data in force. Nothing is stopped.
        case preparing
        /// All API servers and all members of etcd are stopped, and the data folders changed over.
        case swapping
        /// The members start with the restored data.
        case starting
        /// An operation of kind `restore` brings the API servers back and rewrites everything.
        case rewriting
        /// All is proven; the former data goes.
        case cleaning
        /// Given up: the former data is put back, and the API servers as they were.
        case returning
    }

    public let id: String
    public let snapshot: String
    /// SHA-256 of its file in hexadecimal.
    public let hash: String
    public let started: Timestamp
    /// What the API servers had before, and shall have afterwards; nil is no encryption.
    public let deployed: ProviderConfig?
    /// What they have meanwhile: writes as `deployed`, reads all that the snapshot holds.
    public let reading: ProviderConfig?
    public var phase: Phase

    public init(
        id: String, snapshot: String, hash: String, started: Timestamp, deployed: ProviderConfig?,
        reading: ProviderConfig?, phase: Phase = .preparing
    ) {
        self.id = id
        self.snapshot = snapshot
        self.hash = hash
        self.started = started
        self.deployed = deployed
        self.reading = reading
        self.phase = phase
    }

    /// Whether anything of the cluster's may have been stopped or changed.
    public var hasTouched: Bool { phase != .preparing }
    /// Whether what was before can still be put back.
    public var canBeGivenUp: Bool { phase != .cleaning }
}

extension ProviderConfig {
    /// What API servers must have to read a cluster that was restored: they write as `deployed`
    /// says, and read besides everything that the snapshot holds.
    ///
    /// - Parameters:
    ///   - counts: what is stored in the snapshot.
    ///   - keys: those that its values are under.
    /// - Returns: nil where no provider config is needed.
    public static func reading(
        _ counts: [GroupResource: [StoredForm: Int]], under keys: [LocalKey],
        besides deployed: ProviderConfig?
    ) -> ProviderConfig? {
        let encrypted = counts.filter { $0.value.contains { $0.key != .plaintext && $0.value > 0 } }
        let named = encrypted.keys.filter { deployed.governingPattern(of: $0) == nil }
        let patterns = Set((deployed?.patterns ?? []) + named.map(ResourcePattern.init)).sorted()
        guard !patterns.isEmpty else { return nil }
        let chains = patterns.map { pattern in
            let chain = deployed.chain(for: pattern)
            let all = Chain(keys.map(ProviderEntry.key) + [.identity])
            return (pattern, chain.followed(by: all))
        }
        if chains.allSatisfy({ deployed.chain(for: $0.0) == $0.1 }) { return deployed }
        return ProviderConfig(grouping: chains)
    }
}

extension ProviderConfig? {
    /// The most specific pattern that names the resource; nil where none does.
    fileprivate func governingPattern(of resource: GroupResource) -> ResourcePattern? {
        let exact = ResourcePattern(resource)
        let named = Set(self?.patterns ?? [])
        return ([exact] + exact.lessSpecific).first(where: named.contains)
    }
}
