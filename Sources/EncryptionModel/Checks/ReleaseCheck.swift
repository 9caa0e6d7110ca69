/// What a server of one release doesn't do with a config, though newer or older ones do. It either
/// doesn't start, or (worse) starts and encrypts nothing.
///
/// Sources: release notes of Kubernetes 1.25 to 1.29; seen on 1.25, 1.30 and 1.36.
struct ReleaseCheck {
    let traits: ServerTraits
    let release: KubernetesRelease

    func findings(in config: ProviderConfig) -> [ConfigFinding] {
        config.patterns.compactMap(finding) + config.plugins.compactMap(finding)
    }

    private func finding(_ pattern: ResourcePattern) -> ConfigFinding? {
        if pattern.isWildcard, release < KubernetesRelease(1, 27) {
            return ConfigFinding(
                subject: .pattern(pattern),
                message:
                    "kube-apiserver \(release) knows no wildcards: it would take \(pattern) for"
                    + " a name and encrypt nothing",
                hint: "Name the resources, or upgrade to 1.27 or later first.")
        }
        if !GroupResource(pattern: pattern).isBuiltIn, release < KubernetesRelease(1, 26) {
            return ConfigFinding(
                subject: .pattern(pattern),
                message: "kube-apiserver \(release) encrypts no custom resources, and \(pattern) is"
                    + " one",
                hint: "Leave it out, or upgrade to 1.26 or later first.")
        }
        return nil
    }

    private func finding(_ plugin: KMSPlugin) -> ConfigFinding? {
        func isOpen(_ gate: String) -> Bool { traits.featureGates[gate] == true }
        let problem: (message: String, hint: String)? =
            switch plugin.version {
            case .v1 where release >= KubernetesRelease(1, 29) && !isOpen("KMSv1"):
                (
                    "kube-apiserver \(release) doesn't start with a KMS v1 plugin unless the"
                        + " feature gate KMSv1 is true",
                    "Use apiVersion v2 (with another name), or set services.kube-api.extra_args:"
                        + " feature-gates: KMSv1=true and apply that first."
                )
            case .v2 where release < KubernetesRelease(1, 25):
                (
                    "kube-apiserver \(release) knows no KMS v2",
                    "Use a KMS v1 plugin, or upgrade first: KMS v2 is stable from 1.29."
                )
            case .v2 where release < KubernetesRelease(1, 27) && !isOpen("KMSv2"):
                (
                    "kube-apiserver \(release) doesn't start with a KMS v2 plugin unless the"
                        + " feature gate KMSv2 is true",
                    "Upgrade first: KMS v2 is stable from 1.29, and in \(release) it is alpha."
                )
            default: nil
            }
        return problem.map {
            ConfigFinding(
                subject: .entry(.kms(plugin)), message: $0.message, hint: $0.hint)
        }
    }
}

extension ProviderConfig {
    /// Why servers like these would refuse the config or not do what it says; empty where they do.
    public func obstacles(on traits: ServerTraits) -> [ConfigFinding] {
        traits.release.map { ReleaseCheck(traits: traits, release: $0).findings(in: self) } ?? []
    }

    /// Every KMS plugin, each once.
    public var plugins: [KMSPlugin] {
        let all = rules.flatMap(\.chain.entries).compactMap { entry in
            if case .kms(let plugin) = entry { plugin } else { nil }
        }
        return all.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
