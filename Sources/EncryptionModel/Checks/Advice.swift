extension ProviderConfig {
    /// What kube-apiserver accepts and what may still hurt.
    public func advice(on traits: ServerTraits) -> [ConfigFinding] {
        let writers = rules.compactMap { rule in
            rule.chain.entries.first.map { (rule, $0) }
        }
        var seen = Set<ConfigFinding>()
        return
            (writers.compactMap { advice(on: $0.0, writer: $0.1) }
            + plugins.compactMap { advice(on: $0, traits) })
            .filter { seen.insert($0).inserted }
    }

    private func advice(on rule: Rule, writer: ProviderEntry) -> ConfigFinding? {
        let names = rule.resources.map(\.text).joined(separator: ", ")
        switch writer {
        case .identity where rule.chain.entries.count > 1:
            return ConfigFinding(
                subject: .entry(writer),
                message: "identity comes first, so \(names) will be stored in plaintext",
                hint: "That is how one decrypts. To encrypt, put another provider first.")
        case .key(let key) where key.provider == .aescbc:
            return ConfigFinding(
                subject: .entry(writer),
                message: "aescbc doesn't authenticate what it encrypts: who can write to etcd can"
                    + " alter values unnoticed",
                hint: "secretbox does, and is as fast.")
        case .key(let key) where key.provider == .aesgcm:
            return ConfigFinding(
                subject: .entry(writer),
                message: "aesgcm is safe for 200,000 writes under one key, its nonces being random",
                hint: "Rotate before (a scheduled rotate-key --older-than 30d), or use secretbox.")
        default: return nil
        }
    }

    private func advice(on plugin: KMSPlugin, _ traits: ServerTraits) -> ConfigFinding? {
        guard plugin.version == .v1 else { return nil }
        return ConfigFinding(
            subject: .entry(.kms(plugin)),
            message: "KMS v1 is deprecated since 1.28 and needs a feature gate from 1.29",
            hint: "Move to apiVersion v2, under another name; that is a transition like any other.")
    }
}
