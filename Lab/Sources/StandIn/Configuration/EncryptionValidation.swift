extension EncryptionFile {
    /// What kube-apiserver finds wrong, in its words; the rules are those of
    /// k8s.io/apiserver/pkg/apis/apiserver/validation/validation_encryption.go.
    func problems(version: KubernetesVersion, reload: Bool) -> [String] {
        guard !entries.isEmpty else {
            return ["resources: Required value: at least one resources is required"]
        }
        var problems: [String] = []
        var kmsNames: Set<String> = []
        for (index, entry) in entries.enumerated() {
            let resources = "resources[\(index)].resources"
            let providers = "resources[\(index)].providers"
            if entry.resources.isEmpty {
                problems.append(Self.missing(resources))
            }
            if version.hasResourceWildcards {
                problems += Self.overlaps(entry.resources, at: resources)
                problems += Self.badNames(entry.resources, at: resources)
            }
            if entry.providers.isEmpty {
                problems.append(Self.missing(providers))
            }
            for (position, provider) in entry.providers.enumerated() {
                problems += provider.problems(
                    at: "\(providers)[\(position)]", kmsNames: &kmsNames, reload: reload)
            }
        }
        return problems
    }

    private static func missing(_ path: String) -> String {
        "\(path): Required value: at least one \(path) is required"
    }

    private static func overlaps(_ resources: [String], at path: String) -> [String] {
        let parsed = resources.map(GroupResource.init)
        var duplicate = false
        var overlap = false
        for (i, left) in parsed.enumerated() {
            for (j, right) in parsed.enumerated() where i != j {
                if left == right, !duplicate {
                    duplicate = true
                } else if left == .everything {
                    overlap = true
                } else if left.group == right.group, left.resource == "*" || right.resource == "*" {
                    overlap = true
                }
            }
        }
        let shown = JSON.array(resources.map(JSON.string)).text
        var problems: [String] = []
        if duplicate {
            problems.append(
                "\(path): Invalid value: \(shown): the same resource cannot be specified "
                    + "multiple times")
        }
        if overlap {
            problems.append(
                "\(path): Invalid value: \(shown): using overlapping resources such as 'secrets' "
                    + "and '*.' in the same resource list is not allowed as they will be masked")
        }
        return problems
    }

    private static func badNames(_ resources: [String], at path: String) -> [String] {
        resources.enumerated().compactMap { index, resource in
            problem(ofName: resource).map {
                "\(path)[\(index)]: Invalid value: \"\(resource)\": \($0)"
            }
        }
    }

    private static func problem(ofName resource: String) -> String? {
        if resource.lowercased() != resource {
            return "resource name should not contain capital letters"
        }
        if resource == "*" {
            return "use '*.' to encrypt all the resources from core API group or *.* to encrypt "
                + "all resources"
        }
        if ["apiserveripinfo", "serviceipallocations", "servicenodeportallocations"]
            .contains(resource)
        {
            return "resources which do not have REST API/s cannot be encrypted"
        }
        let parsed = GroupResource(resource)
        if parsed.group == "events.k8s.io" {
            return "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. "
                + "Use 'events' instead in the config file"
        }
        if parsed.group == "extensions" {
            return "'extensions' group has been removed and cannot be used for encryption"
        }
        if parsed.group == "*", parsed.resource != "*" {
            return "encrypting the same resource across groups is not supported"
        }
        return nil
    }
}

extension EncryptionFile.Provider {
    fileprivate func problems(
        at path: String, kmsNames: inout Set<String>, reload: Bool
    ) -> [String] {
        guard let first = types.first else {
            return [
                "\(path): Invalid value: {}: provider does not contain any of the expected "
                    + "providers: KMS, AESGCM, AESCBC, Secretbox, Identity"
            ]
        }
        var problems: [String] = []
        if types.count > 1 {
            problems.append(
                "\(path): Invalid value: \"REDACTED\": more than one provider specified in a "
                    + "single element, should split into different list elements")
        }
        switch first {
        case .identity: break
        case .aescbc(let keys):
            problems += Self.problems(of: keys, at: "\(path).aescbc.keys", sizes: [16, 24, 32])
        case .aesgcm(let keys):
            problems += Self.problems(of: keys, at: "\(path).aesgcm.keys", sizes: [16, 24, 32])
        case .secretbox(let keys):
            problems += Self.problems(of: keys, at: "\(path).secretbox.keys", sizes: [32])
        case .kms(let kms):
            problems += kms.problems(at: "\(path).kms", names: kmsNames, reload: reload)
            kmsNames.insert(kms.name)
        }
        return problems
    }

    private static func problems(
        of keys: [EncryptionFile.Key], at path: String, sizes: [Int]
    ) -> [String] {
        guard !keys.isEmpty else {
            return ["\(path): Required value: at least one keys is required"]
        }
        var problems: [String] = []
        for (index, key) in keys.enumerated() {
            let name = "\(path)[\(index)].name"
            let secret = "\(path)[\(index)].secret"
            if key.name.isEmpty {
                problems.append("\(name): Required value: name is a mandatory field for a key")
            }
            if key.secret.isEmpty {
                problems.append("\(secret): Required value: secret is a mandatory field for a key")
                continue
            }
            guard let bytes = try? Base64.decode(key.secret) else {
                problems.append(
                    "\(secret): Invalid value: \"REDACTED\": secrets must be base64 encoded")
                continue
            }
            if !sizes.contains(bytes.count) {
                let expected = sizes.map(String.init).joined(separator: " ")
                problems.append(
                    "\(secret): Invalid value: \"REDACTED\": secret is not of the expected length, "
                        + "got \(bytes.count), expected one of [\(expected)]")
            }
        }
        return problems
    }
}

extension EncryptionFile.KMS {
    fileprivate func problems(at path: String, names: Set<String>, reload: Bool) -> [String] {
        var problems: [String] = []
        if name.isEmpty {
            problems.append(
                "\(path).name: Required value: name is a mandatory field for a provider")
        }
        if apiVersion != "v1", name.contains(":") {
            problems.append(
                "\(path).name: Invalid value: \"\(name)\": invalid KMS provider name \(name), "
                    + "must not contain ':'")
        }
        if reload || apiVersion != "v1", names.contains(name) {
            problems.append(
                "\(path).name: Invalid value: \"\(name)\": duplicate KMS provider name \(name), "
                    + "names must be unique")
        }
        if endpoint.isEmpty {
            problems.append(
                "\(path).endpoint: Invalid value: \"\": endpoint is a mandatory field for a kms")
        } else if !endpoint.hasPrefix("unix:") {
            let scheme = endpoint.split(separator: ":").first.map(String.init) ?? ""
            problems.append(
                "\(path).endpoint: Invalid value: \"\(endpoint)\": unsupported scheme "
                    + "\"\(scheme)\" for KMS provider, only unix is supported")
        }
        if apiVersion != "v1", cacheSize != nil {
            problems.append("\(path).cachesize: Invalid value: cachesize is not supported in v2")
        } else if apiVersion == "v1", cacheSize == 0 {
            problems.append(
                "\(path).cachesize: Invalid value: 0: cachesize should be a positive value, or "
                    + "negative to disable")
        }
        if !["v1", "v2"].contains(apiVersion) {
            problems.append(
                "\(path).apiVersion: Invalid value: \"\(apiVersion)\": unsupported apiVersion "
                    + "apiVersion for KMS provider, only v1 and v2 are supported")
        }
        return problems
    }
}

/// `secrets`, `leases.coordination.k8s.io`, `*.apps`, `*.` as the configuration names them.
struct GroupResource: Hashable, Sendable {
    let resource: String
    let group: String

    static let everything = GroupResource("*.*")

    /// The text up to the first dot is the resource, the rest the group.
    init(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        resource = String(parts[0])
        group = parts.count > 1 ? String(parts[1]) : ""
    }

    init(resource: String, group: String) {
        self.resource = resource
        self.group = group
    }
}
