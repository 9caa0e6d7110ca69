/// A provider configuration that kube-apiserver would refuse; the words follow its own.
struct EncryptionConfigError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// An EncryptionConfiguration as written in its file.
///
/// The types are those of k8s.io/apiserver/pkg/apis/apiserver/v1/types_encryption.go.
struct EncryptionFile: Sendable {
    struct Entry: Sendable {
        let resources: [String]
        let providers: [Provider]
    }

    /// One element of `providers`: every type that it names.
    struct Provider: Sendable {
        var types: [ProviderType] = []
    }

    enum ProviderType: Sendable {
        case identity
        case aescbc([Key])
        case aesgcm([Key])
        case secretbox([Key])
        case kms(KMS)
    }

    struct Key: Sendable {
        let name: String
        let secret: String
    }

    struct KMS: Sendable {
        let apiVersion: String
        let name: String
        let endpoint: String
        let cacheSize: Int64?
    }

    let entries: [Entry]

    init(_ bytes: [UInt8], version: KubernetesVersion) throws(EncryptionConfigError) {
        let document: YAMLDocument
        do { document = try YAMLDocument(bytes) } catch {
            throw EncryptionConfigError(error.description)
        }
        if version.isStrictAboutFields, let twice = document.duplicateKeys.first {
            throw EncryptionConfigError(
                "strict decoding error: key \"\(twice)\" already set in map")
        }
        var reader = FileReader()
        entries = try reader.entries(of: document.root)
        if version.isStrictAboutFields, let unknown = reader.unknownFields.first {
            throw EncryptionConfigError("strict decoding error: unknown field \"\(unknown)\"")
        }
    }
}

/// Walks the document; remembers fields that it doesn't know.
private struct FileReader {
    var unknownFields: [String] = []

    private mutating func object(
        _ value: JSON, at path: String, knowing names: Set<String>
    ) throws(EncryptionConfigError) -> [String: JSON] {
        guard let members = value.object else {
            throw mismatch(path, "an object")
        }
        for name in members.keys.sorted() where !names.contains(name) {
            unknownFields.append(path.isEmpty ? name : "\(path).\(name)")
        }
        return members
    }

    private func mismatch(_ path: String, _ wanted: String) -> EncryptionConfigError {
        EncryptionConfigError("json: cannot unmarshal \(path) into \(wanted)")
    }

    private func string(_ value: JSON?, at path: String) throws(EncryptionConfigError) -> String {
        switch value ?? .null {
        case .null: return ""
        case .string(let text): return text
        default: throw mismatch(path, "a string")
        }
    }

    private func array(_ value: JSON?, at path: String) throws(EncryptionConfigError) -> [JSON] {
        switch value ?? .null {
        case .null: return []
        case .array(let elements): return elements
        default: throw mismatch(path, "a list")
        }
    }

    mutating func entries(of root: JSON) throws(EncryptionConfigError) -> [EncryptionFile.Entry] {
        let members = try object(root, at: "", knowing: ["apiVersion", "kind", "resources"])
        let apiVersion = try string(members["apiVersion"], at: "apiVersion")
        let kind = try string(members["kind"], at: "kind")
        guard !kind.isEmpty else { throw EncryptionConfigError("Object 'Kind' is missing") }
        guard !apiVersion.isEmpty else {
            throw EncryptionConfigError("Object 'apiVersion' is missing")
        }
        let known = [
            ["apiserver.config.k8s.io/v1", "EncryptionConfiguration"], ["v1", "EncryptionConfig"],
        ]
        guard known.contains([apiVersion, kind]) else {
            throw EncryptionConfigError(
                "no kind \"\(kind)\" is registered for version \"\(apiVersion)\"")
        }
        var entries: [EncryptionFile.Entry] = []
        for (index, element) in try array(members["resources"], at: "resources").enumerated() {
            entries.append(try entry(element, at: "resources[\(index)]"))
        }
        return entries
    }

    private mutating func entry(
        _ value: JSON, at path: String
    ) throws(EncryptionConfigError) -> EncryptionFile.Entry {
        let members = try object(value, at: path, knowing: ["resources", "providers"])
        var resources: [String] = []
        for resource in try array(members["resources"], at: "\(path).resources") {
            resources.append(try string(resource, at: "\(path).resources"))
        }
        var providers: [EncryptionFile.Provider] = []
        let all = "\(path).providers"
        for (index, element) in try array(members["providers"], at: all).enumerated() {
            providers.append(try provider(element, at: "\(all)[\(index)]"))
        }
        return EncryptionFile.Entry(resources: resources, providers: providers)
    }

    private mutating func provider(
        _ value: JSON, at path: String
    ) throws(EncryptionConfigError) -> EncryptionFile.Provider {
        var result = EncryptionFile.Provider()
        guard value != .null else { return result }
        let names: Set<String> = ["aesgcm", "aescbc", "secretbox", "identity", "kms"]
        let members = try object(value, at: path, knowing: names)
        for name in members.keys.sorted() where names.contains(name) {
            guard let body = members[name], body != .null else { continue }
            let inner = "\(path).\(name)"
            switch name {
            case "identity":
                _ = try object(body, at: inner, knowing: [])
                result.types.append(.identity)
            case "kms": result.types.append(.kms(try kms(body, at: inner)))
            case "aescbc": result.types.append(.aescbc(try keys(body, at: inner)))
            case "aesgcm": result.types.append(.aesgcm(try keys(body, at: inner)))
            default: result.types.append(.secretbox(try keys(body, at: inner)))
            }
        }
        return result
    }

    private mutating func keys(
        _ value: JSON, at path: String
    ) throws(EncryptionConfigError) -> [EncryptionFile.Key] {
        let members = try object(value, at: path, knowing: ["keys"])
        var keys: [EncryptionFile.Key] = []
        for (index, element) in try array(members["keys"], at: "\(path).keys").enumerated() {
            let inner = "\(path).keys[\(index)]"
            let key = try object(element, at: inner, knowing: ["name", "secret"])
            keys.append(
                EncryptionFile.Key(
                    name: try string(key["name"], at: "\(inner).name"),
                    secret: try string(key["secret"], at: "\(inner).secret")))
        }
        return keys
    }

    private mutating func kms(
        _ value: JSON, at path: String
    ) throws(EncryptionConfigError) -> EncryptionFile.KMS {
        let members = try object(
            value, at: path, knowing: ["apiVersion", "name", "cachesize", "endpoint", "timeout"])
        let apiVersion = try string(members["apiVersion"], at: "\(path).apiVersion")
        return EncryptionFile.KMS(
            apiVersion: apiVersion.isEmpty ? "v1" : apiVersion,
            name: try string(members["name"], at: "\(path).name"),
            endpoint: try string(members["endpoint"], at: "\(path).endpoint"),
            cacheSize: members["cachesize"]?.integer)
    }
}
