internal import EncryptionModel
internal import YAML

/// Reads `services.kube-api.secrets_encryption_config`.
struct EncryptionBlockReader {
    let file: String
    let paths: PathResolver
    let problems: DiagnosticCollector

    func read(_ kubeAPI: FieldReader?) -> SecretsEncryption {
        guard let block = kubeAPI?.section("secrets_encryption_config") else { return .absent }
        let misspelt = block.checkNames(used: RKESchema.encryption.used, unknown: .refused)
        guard block.value("enabled") != nil else {
            guard !misspelt.contains("enabled") else { return .disabled }
            // RKE would take it for «false», which nobody who fills in this block wants to guess.
            problems.add(
                "secrets_encryption_config doesn't say whether it is enabled",
                hint: "Write «enabled: true» or «enabled: false».", at: block.place)
            return .disabled
        }
        guard block.bool("enabled") == true else { return .disabled }
        let isCustom = ["custom_config", "custom_config_file"].contains { block.value($0) != nil }
        return isCustom ? custom(block) : managed(block)
    }

    private func custom(_ block: FieldReader) -> SecretsEncryption {
        for name in ["provider", "resources", "allow_unencrypted_reads"]
        where block.value(name) != nil {
            problems.add(
                "\(name) has no meaning beside a custom config",
                hint: "The custom config names its own providers and resources.",
                at: block.mapping.entry(name)?.keyNode.place(in: file) ?? block.place)
        }
        guard let node = block.value("custom_config") else { return customFile(block) }
        if block.value("custom_config_file") != nil {
            problems.add(
                "there is both custom_config and custom_config_file", hint: "Leave one out.",
                at: block.place(of: "custom_config_file"))
        }
        var reader = ProviderConfigNodeReader(
            file: file, problems: problems, header: .optional, names: .checked)
        return .custom(reader.read(node))
    }

    private func customFile(_ block: FieldReader) -> SecretsEncryption {
        let place = block.place(of: "custom_config_file")
        guard let path = block.string("custom_config_file") else { return .disabled }
        do {
            let written = ProviderConfigReader.readFile(
                try paths.resolve(path), namedAt: place, problems: problems)
            return written.map(SecretsEncryption.custom) ?? .disabled
        } catch {
            problems.add(error.message, hint: error.hint, at: place)
            return .disabled
        }
    }

    private func managed(_ block: FieldReader) -> SecretsEncryption {
        let names = block.elements("resources", of: "resource names").map { node in
            ResourceNameCheck.Name(text: node.scalar?.text ?? "", place: node.place(in: file))
        }
        if block.value("resources")?.sequence?.isEmpty == true {
            problems.add(
                "resources is empty: nothing would be encrypted",
                hint: "Leave it out for [secrets], or write «enabled: false».",
                at: block.place(of: "resources"))
        }
        ResourceNameCheck(problems: problems).run([names])
        var places = ConfigPlaces(whole: block.place)
        for name in names { places.patterns[ResourcePattern(name.text)] = name.place }
        return .managed(
            provider: block.choice("provider", of: LocalProvider.self) ?? .aescbc,
            resources: names.isEmpty ? [.secrets] : names.map { ResourcePattern($0.text) },
            allowsUnencryptedReads: block.bool("allow_unencrypted_reads") ?? true, places: places)
    }
}
