internal import YAML

/// What a manifest says besides what is changed here; two manifests with equal outlines differ in
/// nothing else.
indirect enum ManifestOutline: Hashable {
    case scalar(text: String, isPlain: Bool, tag: String?)
    case list([ManifestOutline])
    case map([String: ManifestOutline])

    init(_ manifest: APIServerManifest) {
        var pod = Self(manifest.tree.root)
        pod.change(["metadata", "annotations"]) { $0.remove(APIServerManifest.stampKey) }
        pod.change(["spec", "volumes"]) { $0.removeItems(named: APIServerManifest.volumeName) }
        pod.change(["spec", "containers"]) { containers in
            guard case .list(var items) = containers else { return }
            items[manifest.tree.containerIndex].change(["volumeMounts"]) {
                $0.removeItems(named: APIServerManifest.volumeName)
            }
            items[manifest.tree.containerIndex].remove("command")
            items[manifest.tree.containerIndex].remove("args")
            containers = .list(items)
        }
        self = pod
    }

    private init(_ node: YAMLNode) {
        switch node.content {
        case .scalar(let scalar):
            self = .scalar(text: scalar.text, isPlain: scalar.style == .plain, tag: node.tag)
        case .sequence(let items): self = .list(items.map(Self.init))
        case .mapping(let mapping):
            self = .map(
                Dictionary(
                    mapping.entries.map { ($0.key, Self($0.value)) },
                    uniquingKeysWith: { _, last in last }))
        }
    }

    private var isEmpty: Bool {
        switch self {
        case .scalar: false
        case .list(let items): items.isEmpty
        case .map(let entries): entries.isEmpty
        }
    }

    /// Changes what is at a path; what is empty then may as well not be there.
    private mutating func change(_ path: [String], by body: (inout ManifestOutline) -> Void) {
        guard let key = path.first else { return body(&self) }
        guard case .map(var entries) = self, var value = entries[key] else { return }
        value.change(Array(path.dropFirst()), by: body)
        entries[key] = path.count == 1 && value.isEmpty ? nil : value
        self = .map(entries)
    }

    private mutating func remove(_ key: String) {
        guard case .map(var entries) = self else { return }
        entries[key] = nil
        self = .map(entries)
    }

    private mutating func removeItems(named name: String) {
        guard case .list(let items) = self else { return }
        self = .list(
            items.filter { item in
                guard case .map(let entries) = item, case .scalar(name, _, _) = entries["name"]
                else { return true }
                return false
            })
    }
}
