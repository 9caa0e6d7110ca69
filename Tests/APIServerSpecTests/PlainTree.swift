import APIServerSpec
import Basics
import YAML

/// A document as plain values, for comparing documents and changing one as a tree.
indirect enum PlainTree: Hashable {
    case text(String, isString: Bool)
    case list([PlainTree])
    case map([String: PlainTree])

    init(_ manifest: APIServerManifest) throws {
        self.init(
            try YAMLReader.read(
                manifest.contents, file: "f",
                options: YAMLOptions(documents: .first, duplicateKeys: .lastWins)))
    }

    private init(_ node: YAMLNode) {
        switch node.content {
        case .scalar(let scalar):
            self = .text(scalar.text, isString: scalar.resolved == .string)
        case .sequence(let items): self = .list(items.map(Self.init))
        case .mapping(let mapping):
            self = .map(
                Dictionary(mapping.entries.map { ($0.key, Self($0.value)) }) { _, last in last })
        }
    }

    static func string(_ text: String) -> PlainTree { .text(text, isString: true) }

    var items: [PlainTree] { if case .list(let items) = self { items } else { [] } }

    /// Missing keys read as an empty list.
    subscript(key: String) -> PlainTree {
        get { if case .map(let entries) = self { entries[key] ?? .list([]) } else { .list([]) } }
        set {
            guard case .map(var entries) = self else { return }
            entries[key] = newValue
            self = .map(entries)
        }
    }

    /// Whether a container is given etcd's address.
    private var isServer: Bool {
        (self["command"].items + self["args"].items).contains { word in
            if case .text(let text, _) = word { text.hasPrefix("--etcd-servers") } else { false }
        }
    }

    /// The pod as it must be with the config, the mount and the stamp.
    func expected(
        _ arguments: ServerArguments, folder: String?, stamp: String
    ) -> PlainTree {
        var pod = self
        var annotations = pod["metadata"]["annotations"]
        if case .list = annotations { annotations = .map([:]) }
        annotations[APIServerManifest.stampKey] = .string(stamp)
        pod["metadata"]["annotations"] = annotations
        var containers = pod["spec"]["containers"].items
        let index = containers.firstIndex(where: \.isServer) ?? 0
        for (key, words) in [("command", arguments.first), ("args", arguments.second)]
        where containers[index][key] != .list([]) || !words.isEmpty {
            containers[index][key] = .list(words.map(Self.string))
        }
        if let folder {
            let name = Self.string("orchestrator-encryption")
            containers[index]["volumeMounts"] = .list(
                containers[index]["volumeMounts"].items + [
                    .map([
                        "mountPath": .string(folder), "name": name,
                        "readOnly": .text("true", isString: false),
                    ])
                ])
            let host = PlainTree.map([
                "path": .string(folder), "type": .string("DirectoryOrCreate"),
            ])
            pod["spec"]["volumes"] = .list(
                pod["spec"]["volumes"].items + [.map(["hostPath": host, "name": name])])
        }
        pod["spec"]["containers"] = .list(containers)
        return pod
    }
}
