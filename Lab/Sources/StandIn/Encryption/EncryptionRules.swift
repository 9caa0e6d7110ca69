/// Which transformer every resource has: one provider configuration, loaded.
struct EncryptionRules: Sendable {
    /// SHA-256 of the file, as the metric shows it: `sha256:<hex>`; nil without a file.
    let hash: String?
    private let transformers: [GroupResource: ResourceTransformer]
    private let encryptsCustomResources: Bool

    /// Without a configuration everything is plain.
    static let none = EncryptionRules()

    private init() {
        hash = nil
        transformers = [:]
        encryptsCustomResources = true
    }

    /// Loads a configuration file's bytes as a server of the given version does.
    init(
        file path: String, bytes: [UInt8], version: KubernetesVersion, reload: Bool
    ) throws(EncryptionConfigError) {
        guard !bytes.isEmpty else {
            throw EncryptionConfigError(
                "error while parsing file: error while loading file: encryption provider "
                    + "configuration file \"\(path)\" is empty")
        }
        let file: EncryptionFile
        do throws(EncryptionConfigError) {
            file = try EncryptionFile(bytes, version: version)
        } catch {
            throw EncryptionConfigError(
                "error while parsing file: error decoding encryption provider configuration file "
                    + "\"\(path)\": \(error)")
        }
        let problems = file.problems(version: version, reload: reload)
        if !problems.isEmpty {
            let text = problems.count == 1 ? problems[0] : "[\(problems.joined(separator: ", "))]"
            throw EncryptionConfigError("error while parsing file: \(text)")
        }
        do throws(EncryptionConfigError) {
            transformers = try Self.transformers(of: file, version: version)
        } catch {
            throw EncryptionConfigError("error while building transformers: \(error)")
        }
        encryptsCustomResources = version.encryptsCustomResources
        hash = "sha256:" + hexadecimal(Digest.sha256(bytes))
    }

    /// The exact name first, then `*.group`, then `*.*`; else plain.
    func transformer(for type: ResourceType) -> ResourceTransformer {
        guard encryptsCustomResources || !type.isCustom else { return .plain }
        return transformers[GroupResource(resource: type.resource, group: type.group)]
            ?? transformers[GroupResource(resource: "*", group: type.group)]
            ?? transformers[.everything] ?? .plain
    }

    private static func transformers(
        of file: EncryptionFile, version: KubernetesVersion
    ) throws(EncryptionConfigError) -> [GroupResource: ResourceTransformer] {
        var providers: [GroupResource: [ResourceTransformer.Provider]] = [:]
        for entry in file.entries {
            var loaded: [ResourceTransformer.Provider] = []
            for provider in entry.providers {
                for type in provider.types { loaded.append(try load(type)) }
            }
            for name in entry.resources {
                let resource = GroupResource(name)
                if version.hasResourceWildcards {
                    try refuseMasked(resource, by: Set(providers.keys))
                } else if name.contains("*") || name.lowercased() != name {
                    continue
                }
                providers[resource, default: []] += loaded
            }
        }
        return providers.mapValues { ResourceTransformer(providers: $0) }
    }

    private static func refuseMasked(
        _ resource: GroupResource, by earlier: Set<GroupResource>
    ) throws(EncryptionConfigError) {
        func shown(_ name: GroupResource) -> String {
            name.group.isEmpty && name.resource != "*"
                ? name.resource : "\(name.resource).\(name.group)"
        }
        for mask in [GroupResource(resource: "*", group: resource.group), .everything]
        where earlier.contains(mask) {
            throw EncryptionConfigError(
                "resource \"\(shown(resource))\" is masked by earlier rule \"\(shown(mask))\"")
        }
    }

    private static func load(
        _ type: EncryptionFile.ProviderType
    ) throws(EncryptionConfigError) -> ResourceTransformer.Provider {
        switch type {
        case .identity: return .identity
        case .aescbc(let keys):
            return try keyed("aescbc", shown: "AES", keys) { .aescbc(key: $0) }
        case .aesgcm(let keys):
            return try keyed("aesgcm", shown: "AES", keys) { .aesgcm(key: $0) }
        case .secretbox(let keys):
            return try keyed("secretbox", shown: "Secretbox", keys) { .secretbox(key: $0) }
        case .kms(let kms):
            throw EncryptionConfigError(
                "the stand-in has no KMS client, so \"\(kms.name)\" can't be used")
        }
    }

    private static func keyed(
        _ provider: String, shown: String, _ keys: [EncryptionFile.Key],
        _ make: ([UInt8]) -> KeyTransformer
    ) throws(EncryptionConfigError) -> ResourceTransformer.Provider {
        var loaded: [ResourceTransformer.Key] = []
        for key in keys {
            guard let secret = try? Base64.decode(key.secret) else {
                throw EncryptionConfigError("could not obtain secret for named key \(key.name)")
            }
            loaded.append(
                ResourceTransformer.Key(
                    prefix: Array("\(key.name):".utf8), transformer: make(secret)))
        }
        return .keyed(
            prefix: Array("k8s:enc:\(provider):v1:".utf8),
            noKey: "no matching key was found for the provided \(shown) transformer", keys: loaded)
    }
}
