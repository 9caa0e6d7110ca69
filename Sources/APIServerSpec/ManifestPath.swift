internal import Basics
internal import YAML

/// A step from a value of the manifest to one inside it.
enum ManifestStep {
    case key(String)
    case index(Int)
}

extension ManifestTree {
    var containerPath: [ManifestStep] {
        [.key("spec"), .key("containers"), .index(containerIndex)]
    }

    /// The value at a path, where changing its text changes it and nothing else.
    ///
    /// - Returns: nil where the last key isn't there.
    func editable(_ path: [ManifestStep]) throws -> YAMLNode? {
        try checkOwnText(of: root)
        var node = root
        for step in path {
            switch step {
            case .index(let index):
                guard let items = node.sequence, items.indices.contains(index) else { return nil }
                node = items[index]
            case .key(let key):
                guard let entry = node.mapping?.entry(key) else { return nil }
                guard !entry.isMerged else {
                    throw refusal(
                        "«\(key)» comes by a merge key («<<»)",
                        hint: "Write «\(key)» out where it is used.", at: node)
                }
                guard !entry.isRepeated else {
                    throw refusal(
                        "«\(key)» stands there twice",
                        hint: "Remove the one that doesn't count, "
                            + "which is the first.", at: entry.keyNode)
                }
                node = entry.value
            }
            try checkOwnText(of: node)
        }
        return node
    }

    /// What is written once and used twice can't be changed in one place only.
    func checkOwnText(of node: YAMLNode) throws {
        if let alias = node.alias {
            throw refusal(
                "«*\(alias)» is only a reference to what stands elsewhere",
                hint: "Write the value out in its place.", at: node)
        }
        guard let anchor = node.anchor, let use = use(of: anchor, node, in: root) else { return }
        throw refusal(
            "what stands under «&\(anchor)» is used at line \(use.start.line) as well",
            hint: "Write the value out there.", at: node)
    }

    private func use(of anchor: String, _ anchored: YAMLNode, in node: YAMLNode) -> YAMLNode? {
        if node.alias == anchor { return node }
        switch node.content {
        case .scalar: return nil
        case .sequence(let items):
            return items.lazy.compactMap { use(of: anchor, anchored, in: $0) }.first
        case .mapping(let mapping):
            let range = anchored.range.offsets
            for entry in mapping.entries {
                if entry.isMerged, range.contains(entry.keyNode.range.offsets.lowerBound) {
                    return node
                }
                if let found = use(of: anchor, anchored, in: entry.value) { return found }
            }
            return nil
        }
    }

    func refusal(_ reason: String, hint: String, at node: YAMLNode) -> Fault {
        Fault(
            .refused, "the manifest can't be changed in place: \(reason)", hint: hint,
            place: node.place(in: file))
    }
}
