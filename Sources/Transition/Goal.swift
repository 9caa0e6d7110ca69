public import EncryptionModel

/// Encryption whose keys the orchestrator makes and rotates.
public struct ManagedEncryption: Sendable, Hashable {
    public let provider: LocalProvider
    public let resources: [ResourcePattern]

    public init(provider: LocalProvider = .aescbc, resources: [ResourcePattern] = [.secrets]) {
        self.provider = provider
        self.resources = resources
    }
}

/// What `cluster.yml` says the cluster's encryption shall be.
public enum Wanted: Sendable, Hashable {
    case plaintext
    case managed(ManagedEncryption)
}

/// What the command is for.
public enum Goal: Sendable, Hashable {
    /// Make the cluster what is wanted.
    case converge(Wanted)
    /// A new key for everything that is under a local one.
    case rotateKey(configured: Wanted)
    /// Give the unfinished operation up, in the safe direction.
    case abort
}

/// A provider config in which one key is still to be made.
public struct ConfigDraft: Sendable, Hashable {
    public enum Slot: Sendable, Hashable {
        case freshKey
        case entry(ProviderEntry)
    }

    public struct Rule: Sendable, Hashable {
        public let resources: [ResourcePattern]
        public let slots: [Slot]
    }

    /// Of the key to be made.
    public let provider: LocalProvider
    public let rules: [Rule]

    public func filled(with key: LocalKey) -> ProviderConfig {
        ProviderConfig(
            rules: rules.map { rule in
                ProviderConfig.Rule(
                    resources: rule.resources,
                    chain: Chain(
                        rule.slots.map { slot in
                            switch slot {
                            case .freshKey: .key(key)
                            case .entry(let entry): entry
                            }
                        }))
            })
    }
}

extension ConfigDraft {
    /// Managed encryption as RKE documents it: a fresh key writes, plaintext stays readable.
    init(_ managed: ManagedEncryption) {
        provider = managed.provider
        rules = [Rule(resources: managed.resources, slots: [.freshKey, .entry(.identity)])]
    }

    /// The config with one fresh key in the place of all local ones.
    ///
    /// Nil where no rule is written by a local key: there is nothing to rotate.
    init?(rotating config: ProviderConfig) {
        let providers = config.rules.compactMap(\.chain.writer.localKey?.provider)
        guard let provider = providers.first else { return nil }
        self.provider = provider
        rules = config.rules.map { rule in
            guard rule.chain.writer.localKey != nil else {
                return Rule(resources: rule.resources, slots: rule.chain.entries.map(Slot.entry))
            }
            let others = rule.chain.entries.filter { $0.localKey == nil }
            return Rule(
                resources: rule.resources, slots: [.freshKey] + others.map(Slot.entry))
        }
    }
}
