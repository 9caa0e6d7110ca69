internal import Basics
internal import YAML

/// Volumes, mounts and annotations: things that a list or a mapping of the pod has or hasn't.
extension APIServerManifest {
    enum Member {
        case item(Fragment)
        case entry(key: String, Fragment)

        /// The collection that has nothing else.
        fileprivate var alone: Fragment {
            switch self {
            case .item(let item): .list([item])
            case .entry(let key, let value): .map([(key, value)])
            }
        }
    }

    /// Adds to what `key` holds, which is made where it isn't there.
    func adding(
        _ member: Member, to key: String, in path: [ManifestStep]
    ) throws -> APIServerManifest {
        guard let parent = try tree.editable(path) else { return self }
        guard let node = try tree.editable(path + [.key(key)]) else {
            return try edited { try collection(parent).append(key, member.alone, to: &$0) }
        }
        switch member {
        case .item(let item):
            try checkFillable(node, key, isCollection: node.sequence != nil, in: parent)
            return try edited { try collection(node).append([item], to: &$0) }
        case .entry(let new, let value):
            try checkFillable(node, key, isCollection: node.mapping != nil, in: parent)
            return try edited { try collection(node).append(new, value, to: &$0) }
        }
    }

    /// What is there and empty must be told from what is added later, or it couldn't be had back.
    private func checkFillable(
        _ node: YAMLNode, _ key: String, isCollection: Bool, in parent: YAMLNode
    ) throws {
        let isEmpty = isCollection && collection(node).elements.isEmpty
        guard isCollection, !isEmpty || parent.style == .block else {
            throw tree.refusal(
                isEmpty || node.isNull ? "«\(key)» has nothing in it" : "«\(key)» is \(node.kind)",
                hint: "Remove «\(key)», or put something into it.", at: node)
        }
    }

    /// Takes away what bears our name in a list.
    func removingOwn(from key: String, in path: [ManifestStep]) throws -> APIServerManifest {
        var manifest = self
        for _ in 0..<Self.mostRemovals {
            let list = try manifest.tree.editable(path + [.key(key)])
            let own = list?.sequence?.last { $0["name"]?.text == Self.volumeName }
            guard let list, let own else { return manifest }
            manifest = try manifest.removing(own.range.offsets, of: list, key, in: path)
        }
        throw tree.refusal(
            "«\(Self.volumeName)» stands there too many times", hint: "Remove all but one.",
            at: tree.container)
    }

    /// Takes an element away, and with the last one the key that was made for it.
    private func removing(
        _ element: Range<Int>, of node: YAMLNode, _ key: String, in path: [ManifestStep]
    ) throws -> APIServerManifest {
        guard let parent = try tree.editable(path), let entry = parent.mapping?.entry(key) else {
            return self
        }
        let wasMade =
            collection(node).elements.count == 1
            && (node.style == .block || parent.style == .flow)
        return try edited {
            if wasMade {
                try collection(parent).remove(CollectionEdit.range(of: entry), from: &$0)
            } else {
                try collection(node).remove(element, from: &$0)
            }
        }
    }

    // MARK: Annotation

    func stamped(_ stamp: String?) throws -> APIServerManifest {
        guard stamp != self.stamp else { return self }
        let metadata = [ManifestStep.key("metadata")]
        let path = metadata + [.key("annotations")]
        let annotations = try tree.editable(path)
        let value = try tree.editable(path + [.key(Self.stampKey)])
        guard let annotations, let value, let entry = annotations.mapping?.entry(Self.stampKey)
        else {
            guard let stamp else { return self }
            return try adding(
                .entry(key: Self.stampKey, .quoted(stamp)), to: "annotations", in: metadata)
        }
        guard let stamp else {
            let range = CollectionEdit.range(of: entry)
            return try removing(range, of: annotations, "annotations", in: metadata)
        }
        // Never without quotes: an annotation that looks like a number is none to the kubelet.
        let isSingle = try editableStyle(of: value) == .singleQuoted
        let written = Quoting.written(stamp, like: isSingle ? .singleQuoted : .doubleQuoted)
        return try edited { $0.replace(value.range.offsets, by: written) }
    }
}
