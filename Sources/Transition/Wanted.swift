public import EncryptionModel

/// Encryption whose keys the orchestrator makes and rotates.
public struct ManagedEncryption: Sendable, Hashable {
    public let provider: LocalProvider
    public let resources: [ResourcePattern]
    /// Whether what is stored in plaintext can be read in the end. RKE's managed encryption can.
    public let allowsUnencryptedReads: Bool

    public init(
        provider: LocalProvider = .aescbc, resources: [ResourcePattern] = [.secrets],
        allowsUnencryptedReads: Bool = true
    ) {
        self.provider = provider
        self.resources = resources
        self.allowsUnencryptedReads = allowsUnencryptedReads
    }

    /// What it ends with.
    func config(with key: LocalKey) -> ProviderConfig {
        let readers: [ProviderEntry] = allowsUnencryptedReads ? [.identity] : []
        return ProviderConfig(
            rules: [.init(resources: resources, chain: Chain([.key(key)] + readers))])
    }
}

/// What `cluster.yml` says the cluster's encryption shall be.
public enum Wanted: Sendable, Hashable {
    case plaintext
    case managed(ManagedEncryption)
    /// The user's own provider config, with his keys.
    case custom(ProviderConfig)
}

extension Wanted {
    /// Where a cluster is to be taken that runs with `deployed`; nil where it is there.
    public func target(from deployed: ProviderConfig?, keys: [KeyRecord]) -> Target? {
        switch self {
        // A provider config that lies there unused stays: its keys may be the only copy.
        case .plaintext: return deployed == nil ? nil : .nothing
        case .managed(let managed):
            guard let key = deployed?.managedKey(of: managed.provider),
                !keys.contains(where: { $0.key == key && $0.createdBy == KeyRecord.custom })
            else {
                return .draft(ConfigDraft(managed))
            }
            let end = managed.config(with: key)
            return deployed.means(end) ? nil : .exactly(end)
        case .custom(let config):
            let end = config.withSuccessors(in: keys)
            return deployed.means(end) ? nil : .exactly(end)
        }
    }
}

extension ProviderConfig {
    /// The key with which managed encryption goes on: the first one, where this looks like what
    /// managed encryption makes or is half-way through making.
    fileprivate func managedKey(of provider: LocalProvider) -> LocalKey? {
        guard rules.count == 1, let chain = rules.first?.chain, let key = chain.keys.first,
            key.provider == provider,
            chain.entries.allSatisfy({ $0.localKey != nil || $0 == .identity })
        else { return nil }
        return key
    }

    /// With the key that took its place for each that was rotated. cluster.yml goes on naming the
    /// one it had.
    func withSuccessors(in records: [KeyRecord]) -> ProviderConfig {
        ProviderConfig(
            rules: rules.map { rule in
                let entries = rule.chain.entries.map { entry -> ProviderEntry in
                    guard let key = entry.localKey else { return entry }
                    return .key(records.successor(of: key))
                }
                return Rule(resources: rule.resources, chain: Chain(entries))
            })
    }
}

extension [KeyRecord] {
    /// What came of the key by rotations; itself where it wasn't rotated.
    public func successor(of key: LocalKey) -> LocalKey {
        var key = key
        // A file by somebody else's hand could go in a circle.
        for _ in 0..<count {
            guard let hex = first(where: { $0.key == key })?.successor,
                let next = first(where: { $0.key.fingerprint.hex == hex })?.key
            else { break }
            key = next
        }
        return key
    }

    /// The keys, what took their place by rotations, what took the place of that, and so on.
    public func descendants(of keys: [LocalKey]) -> Set<LocalKey> {
        var found: Set<LocalKey> = []
        var rest = keys
        while let key = rest.popLast() {
            guard found.insert(key).inserted,
                let hex = first(where: { $0.key == key })?.successor
            else { continue }
            rest += filter { $0.key.fingerprint.hex == hex }.map(\.key)
        }
        return found
    }
}
