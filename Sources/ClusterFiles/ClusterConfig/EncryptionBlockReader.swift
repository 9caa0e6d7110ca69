internal import EncryptionModel
internal import YAML

/// Reads `services.kube-api.secrets_encryption_config`.
struct EncryptionBlockReader {
    let file: String
    let problems: DiagnosticCollector

    func read(_ kubeAPI: FieldReader?) -> SecretsEncryption {
        guard let block = kubeAPI?.section("secrets_encryption_config") else { return .absent }
        let misspelt = block.checkNames(used: RKESchema.encryption.used, unknown: .refused)
        let customConfig = block.value("custom_config")
        guard block.value("enabled") != nil else {
            guard !misspelt.contains("enabled") else { return .disabled }
            // RKE would take it for «false», which nobody who fills in this block wants to guess.
            problems.add(
                "secrets_encryption_config doesn't say whether it is enabled",
                hint: "Write «enabled: true» or «enabled: false».", at: block.place)
            return .disabled
        }
        guard block.bool("enabled") == true else { return .disabled }
        guard let customConfig else { return managed(block) }
        for name in ["provider", "resources"] where block.value(name) != nil {
            problems.add(
                "\(name) has no meaning beside custom_config",
                hint: "The custom config names its own providers and resources.",
                at: block.mapping.entry(name)?.keyNode.place(in: file) ?? block.place)
        }
        let reader = ProviderConfigNodeReader(
            file: file, problems: problems, header: .optional)
        return .custom(reader.read(customConfig))
    }

    private func managed(_ block: FieldReader) -> SecretsEncryption {
        let resources = block.elements("resources", of: "resource names").compactMap(resource)
        if block.value("resources")?.sequence?.isEmpty == true {
            problems.add(
                "resources is empty: nothing would be encrypted",
                hint: "Leave it out for [secrets], or write «enabled: false».",
                at: block.place(of: "resources"))
        }
        return .managed(
            provider: block.choice("provider", of: LocalProvider.self) ?? .aescbc,
            resources: resources.isEmpty ? [.secrets] : resources)
    }

    /// `secrets`, `deployments.apps`, `*.apps` or `*.*`.
    private func resource(_ node: YAMLNode) -> ResourcePattern? {
        let text = node.scalar?.text ?? ""
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let isPlain = labels.dropFirst(text.hasPrefix("*.") ? 1 : 0).allSatisfy { label in
            !label.isEmpty
                && label.allSatisfy {
                    $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-")
                }
        }
        if isPlain || text == "*.*" { return ResourcePattern(text) }
        problems.add(
            "\"\(text.prefix(64))\" is no resource",
            hint: "Write the plural in small letters, with its group: secrets, deployments.apps.",
            at: node.place(in: file))
        return nil
    }
}
