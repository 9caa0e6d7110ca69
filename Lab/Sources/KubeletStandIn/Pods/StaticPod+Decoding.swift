internal import StandIn

/// Why a file is no pod that can be run.
public struct ManifestError: Error, Equatable, CustomStringConvertible {
    public let description: String
}

extension StaticPod {
    /// Reads a manifest as the kubelet does (`pkg/kubelet/config/common.go`): JSON where the text
    /// begins with `{`, else the first document of a YAML stream.
    ///
    /// - Parameters:
    ///   - path: of the file, which is part of the pod's identity.
    ///   - node: the node's name.
    public init(manifest bytes: [UInt8], path: String, node: String) throws(ManifestError) {
        let document = try Self.document(bytes)
        let root = Fields(document, "")
        guard try root.string("apiVersion") == "v1", try root.string("kind") == "Pod" else {
            throw ManifestError(description: "it is no Pod of v1")
        }
        let metadata = try root.fields("metadata")
        let spec = try root.fields("spec")
        guard let told = try metadata.string("name"), Self.isSubdomain(told) else {
            throw ManifestError(description: "metadata.name: not a name of a pod")
        }
        let namespace = try metadata.string("namespace") ?? ""
        name = Name(namespace: namespace.isEmpty ? "default" : namespace, name: "\(told)-\(node)")
        let uid = try metadata.string("uid") ?? ""
        self.uid = uid.isEmpty ? Self.uid(of: document, path: path, node: node) : uid
        let grace = try spec.integer("terminationGracePeriodSeconds") ?? 30
        gracePeriod = .seconds(max(1, grace))
        volumes = try Self.volumes(spec)
        containers = try Self.containers(spec, volumes: Set(volumes.keys))
    }

    private static func document(_ bytes: [UInt8]) throws(ManifestError) -> JSON {
        let first = bytes.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
        do {
            if first == UInt8(ascii: "{") { return try JSON(parsing: bytes) }
            return try YAMLDocument(bytes).root
        } catch {
            throw ManifestError(description: "couldn't parse as pod: \(error)")
        }
    }

    /// The kubelet hashes the decoded pod (`applyDefaults`): comments, layout and the order of keys
    /// don't count, everything else does, annotations included.
    private static func uid(of document: JSON, path: String, node: String) -> String {
        var members = document.object ?? [:]
        members = members.filter {
            ["apiVersion", "kind", "metadata", "spec", "status"].contains($0.key)
        }
        let content = withoutNothing(.object(members)).serialized()
        let text = content + Array("host:\(node)file:\(path)".utf8)
        return String(hexadecimal(Digest.sha256(text)).prefix(32))
    }

    /// A Go struct has no difference between an absent, a null and an empty member.
    private static func withoutNothing(_ value: JSON) -> JSON {
        switch value {
        case .object(let members):
            .object(
                members.mapValues(withoutNothing).filter {
                    ![.null, [:], [], ""].contains($0.value)
                })
        case .array(let elements): .array(elements.map(withoutNothing))
        default: value
        }
    }

    /// RFC 1123, as names of pods have to be.
    private static func isSubdomain(_ name: String) -> Bool {
        name.utf8.count <= 253
            && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                !label.isEmpty && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy {
                        $0 == 0x2d || (0x30...0x39).contains($0) || (0x61...0x7a).contains($0)
                    }
            }
    }

    private static func volumes(_ spec: Fields) throws(ManifestError) -> [String: Volume] {
        var volumes: [String: Volume] = [:]
        for entry in try spec.list("volumes") {
            let name = try entry.required("name")
            guard volumes[name] == nil else { throw entry.error("name", "duplicate: \(name)") }
            if entry.has("hostPath") {
                let host = try entry.fields("hostPath")
                let type = try host.string("type") ?? ""
                guard let type = HostPathType(rawValue: type) else {
                    throw host.error("type", "unsupported: \(type)")
                }
                let path = try host.required("path")
                guard !path.split(separator: "/").contains("..") else {
                    throw host.error("path", "must not contain '..'")
                }
                volumes[name] = .hostPath(path, type)
            } else if entry.has("emptyDir") {
                volumes[name] = .emptyDirectory
            } else {
                // From 1.34 the kubelet refuses what refers to the API; the rest isn't needed here.
                throw entry.error("", "a volume of a static pod is a hostPath or an emptyDir")
            }
        }
        return volumes
    }

    private static func containers(
        _ spec: Fields, volumes: Set<String>
    ) throws(ManifestError) -> [Container] {
        guard try spec.list("initContainers").isEmpty else {
            throw spec.error("initContainers", "the stand-in doesn't run them")
        }
        var containers: [Container] = []
        for entry in try spec.list("containers") {
            let container = try Container(entry, volumes: volumes)
            guard !containers.contains(where: { $0.name == container.name }) else {
                throw entry.error("name", "duplicate: \(container.name)")
            }
            containers.append(container)
        }
        guard !containers.isEmpty else { throw spec.error("containers", "required") }
        return containers
    }
}

extension StaticPod.Container {
    fileprivate init(_ fields: Fields, volumes: Set<String>) throws(ManifestError) {
        name = try fields.required("name")
        image = try fields.required("image")
        workingDirectory = try fields.string("workingDir") ?? "/"
        var environment: [StaticPod.Variable] = []
        for entry in try fields.list("env") {
            let value = try entry.string("value") ?? ""
            guard !entry.has("valueFrom") else {
                throw entry.error("valueFrom", "the stand-in doesn't know it")
            }
            environment.append(
                StaticPod.Variable(
                    name: try entry.required("name"),
                    value: VariableReferences.expanded(value, environment)))
        }
        self.environment = environment
        var command: [String] = []
        for word in try fields.strings("command") + fields.strings("args") {
            command.append(VariableReferences.expanded(word, environment))
        }
        guard !command.isEmpty else { throw fields.error("command", "required by the stand-in") }
        self.command = command
        mounts = try Self.mounts(fields, volumes: volumes)
    }

    private static func mounts(
        _ fields: Fields, volumes: Set<String>
    ) throws(ManifestError) -> [StaticPod.Mount] {
        var mounts: [StaticPod.Mount] = []
        for entry in try fields.list("volumeMounts") {
            let mount = StaticPod.Mount(
                volume: try entry.required("name"), path: try entry.required("mountPath"),
                subPath: try entry.string("subPath") ?? "",
                isReadOnly: try entry.bool("readOnly") ?? false)
            guard volumes.contains(mount.volume) else {
                throw entry.error("name", "not found: \(mount.volume)")
            }
            guard !mounts.contains(where: { $0.path == mount.path }) else {
                throw entry.error("mountPath", "must be unique: \(mount.path)")
            }
            guard !mount.subPath.split(separator: "/").contains(".."),
                !mount.subPath.hasPrefix("/")
            else { throw entry.error("subPath", "must be relative and without '..'") }
            mounts.append(mount)
        }
        return mounts
    }
}

/// `$(NAME)` in commands and values (`third_party/forked/golang/expansion`): `$$` is a dollar
/// sign, and a name that isn't defined stays as it is.
enum VariableReferences {
    static func expanded(_ text: String, _ variables: [StaticPod.Variable]) -> String {
        var (out, rest) = ("", text[...])
        while let dollar = rest.firstIndex(of: "$") {
            out += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                out += "$"
                rest = rest.dropFirst()
            } else if rest.first == "(", let end = rest.firstIndex(of: ")") {
                let name = rest.dropFirst()[..<end]
                let value = variables.last { $0.name == name }?.value
                out += value ?? "$(\(name))"
                rest = rest[rest.index(after: end)...]
            } else {
                out += "$"
            }
        }
        return out + rest
    }
}
