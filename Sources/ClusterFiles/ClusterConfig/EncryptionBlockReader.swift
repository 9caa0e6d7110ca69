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
        let resources = block.strings("resources").map(ResourcePattern.init)
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
}
