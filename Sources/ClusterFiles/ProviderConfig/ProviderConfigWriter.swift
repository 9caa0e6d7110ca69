public import Basics
internal import Crypto
public import EncryptionModel

/// Writes the file that kube-apiserver reads (`--encryption-provider-config`), in the form that
/// 1.13 and all later versions accept, or for an older one.
///
/// The same config gives the same bytes, always: their SHA-256 is what a rollout is confirmed by.
public enum ProviderConfigWriter {
    /// - Parameter release: of the server that shall read it; nil: any from 1.13 on.
    /// - Throws: `Fault` for a config that kube-apiserver would refuse to start with: without
    ///   rules, or with a rule without resources or providers.
    public static func write(
        _ config: ProviderConfig, for release: KubernetesRelease? = nil
    ) throws(Fault) -> SecretBytes {
        let isComplete = config.rules.allSatisfy {
            !$0.resources.isEmpty && !$0.chain.entries.isEmpty
        }
        guard isComplete, !config.rules.isEmpty else {
            throw Fault(
                .refused, "the provider config to be written names no resources or no providers",
                hint: "Nothing was written: kube-apiserver would not start with it.")
        }
        var text = SecretText()
        if let release, release.isBeforeConfigGroup {
            text.append("apiVersion: v1\nkind: EncryptionConfig\n")
        } else {
            text.append("apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n")
        }
        text.append("resources:\n")
        for rule in config.rules { write(rule, to: &text) }
        return text.finish()
    }

    private static func write(_ rule: ProviderConfig.Rule, to text: inout SecretText) {
        text.append("  - resources:\n")
        for resource in rule.resources { text.append("      - \(quoted(resource.text))\n") }
        text.append("    providers:\n")
        var openProvider: LocalProvider?
        for entry in rule.chain.entries {
            switch entry {
            case .identity: text.append("      - identity: {}\n")
            case .kms(let plugin): write(plugin, to: &text)
            case .key(let key):
                if openProvider != key.provider {
                    text.append("      - \(key.provider.rawValue):\n          keys:\n")
                }
                write(key, to: &text)
                openProvider = key.provider
                continue
            }
            openProvider = nil
        }
    }

    private static func write(_ key: LocalKey, to text: inout SecretText) {
        text.append("            - name: \(quoted(key.name))\n              secret: \"")
        text.append(Base64.encode(key.secret))
        text.append("\"\n")
    }

    private static func write(_ plugin: KMSPlugin, to text: inout SecretText) {
        text.append("      - kms:\n")
        // Servers before 1.25 don't know the field, and v1 is what its absence means.
        if plugin.version == .v2 { text.append("          apiVersion: v2\n") }
        text.append("          name: \(quoted(plugin.name))\n")
        text.append("          endpoint: \(quoted(plugin.endpoint))\n")
        if let size = plugin.cacheSize { text.append("          cachesize: \(size)\n") }
        if let timeout = plugin.timeout { text.append("          timeout: \(quoted(timeout))\n") }
    }

    /// A double-quoted scalar; so nothing in it is taken for a boolean, a number or a comment.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C: quoted += "\\\(scalar)"
            case 0x20...0x7E: quoted.unicodeScalars.append(scalar)
            case ...0xFFFF: quoted += "\\u" + hex(scalar.value, width: 4)
            default: quoted += "\\U" + hex(scalar.value, width: 8)
            }
        }
        return quoted + "\""
    }

    private static func hex(_ value: UInt32, width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: width - digits.count) + digits
    }
}
