public import EncryptionModel

/// A provider config in which keys are still to be made.
public struct ConfigDraft: Sendable, Hashable {
    public enum Slot: Sendable, Hashable {
        /// The key of this number among those to be made.
        case fresh(Int)
        case entry(ProviderEntry)
    }

    public struct Rule: Sendable, Hashable {
        public let resources: [ResourcePattern]
        public let slots: [Slot]
    }

    /// Of the keys to be made.
    public let providers: [LocalProvider]
    public let rules: [Rule]

    /// - Parameter keys: as many as there are providers, in that order.
    public func filled(with keys: [LocalKey]) -> ProviderConfig {
        ProviderConfig(
            rules: rules.map { rule in
                ProviderConfig.Rule(
                    resources: rule.resources,
                    chain: Chain(
                        rule.slots.compactMap { slot in
                            switch slot {
                            case .fresh(let number):
                                keys.indices.contains(number) ? .key(keys[number]) : nil
                            case .entry(let entry): entry
                            }
                        }))
            })
    }
}

extension ConfigDraft {
    /// Managed encryption as RKE documents it: a fresh key writes, plaintext stays readable.
    init(_ managed: ManagedEncryption) {
        providers = [managed.provider]
        let readers: [Slot] = managed.allowsUnencryptedReads ? [.entry(.identity)] : []
        rules = [Rule(resources: managed.resources, slots: [.fresh(0)] + readers)]
    }

    /// The config with a fresh key in the place of each that writes, of the same provider. That
    /// one goes everywhere, and with it what local keys were read beside it.
    ///
    /// Nil where no rule is written by a local key: there is nothing to rotate.
    init?(rotating config: ProviderConfig) {
        var writers: [LocalKey] = []
        for case let key? in config.rules.map(\.chain.writer.localKey) where !writers.contains(key)
        {
            writers.append(key)
        }
        guard !writers.isEmpty else { return nil }
        let rotated = config.rules.map(\.chain).filter { $0.writer.localKey != nil }
        let leaving = Set(rotated.flatMap(\.keys))
        providers = writers.map(\.provider)
        rules = config.rules.map { rule in
            let number = writers.firstIndex { rule.chain.writer == .key($0) }
            let others = rule.chain.entries.filter { entry in
                entry.localKey.map { !leaving.contains($0) } ?? true
            }
            return Rule(
                resources: rule.resources,
                slots: (number.map { [.fresh($0)] } ?? []) + others.map(Slot.entry))
        }
    }
}
