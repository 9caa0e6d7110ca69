internal import Basics
internal import YAML

/// How a manifest gets from what it says to what it should say: in single edits, each made where
/// the former one has left things.
extension APIServerManifest {
    /// More things of ours than this in one manifest are none that anybody wrote.
    static let mostRemovals = 32

    func reaching(_ goal: Goal) throws -> APIServerManifest {
        var manifest = try changing("command", to: goal.arguments.first, \.first)
            .changing("args", to: goal.arguments.second, \.second)
        let (container, pod) = (tree.containerPath, [ManifestStep.key("spec")])
        if manifest.volumes.own != goal.own {
            manifest = try manifest.removingOwn(from: "volumeMounts", in: container)
                .removingOwn(from: "volumes", in: pod)
            for mount in goal.own.mounts {
                let item = Fragment.map([
                    ("mountPath", .text(mount.path)), ("name", .text(mount.name)),
                    ("readOnly", .yes),
                ])
                manifest = try manifest.adding(.item(item), to: "volumeMounts", in: container)
            }
            for volume in goal.own.volumes {
                let host = Fragment.map([
                    ("path", .text(volume.hostPath ?? "")), ("type", .text(volume.type ?? "")),
                ])
                let item = Fragment.map([("hostPath", host), ("name", .text(volume.name))])
                manifest = try manifest.adding(.item(item), to: "volumes", in: pod)
            }
        }
        return try manifest.stamped(goal.stamp)
    }

    func edited(_ body: (inout SourceEdits) throws -> Void) throws -> APIServerManifest {
        var edits = SourceEdits(contents)
        try body(&edits)
        guard !edits.isEmpty else { return self }
        guard let bytes = edits.applied() else {
            throw tree.refusal(
                "the changes would overlap", hint: "Write its lists one element a line.",
                at: tree.container)
        }
        do {
            return try APIServerManifest(bytes, file: file)
        } catch {
            throw tree.refusal(
                "the result couldn't be read (\(Fault(error).message))",
                hint: "Write its lists one element a line, without anchors.", at: tree.container)
        }
    }

    func collection(_ node: YAMLNode) -> CollectionEdit {
        let lines = SourceLines(contents: contents)
        let isJSON =
            tree.root.style == .flow
            && tree.root.mapping?.entries.first?.keyNode.scalar?.style == .doubleQuoted
        let spans = CollectionEdit(
            tree.root, file: file, flowStyle: .init(isJSON: isJSON, isCompact: false),
            listIndent: 0
        ).elements
        let isCompact =
            isJSON && spans.count > 1
            && spans[1].lowerBound - spans[0].upperBound == 1
        return CollectionEdit(
            node, file: file, flowStyle: .init(isJSON: isJSON, isCompact: isCompact),
            listIndent: listIndent(lines))
    }

    /// As the list of containers is indented.
    private func listIndent(_ lines: SourceLines) -> Int {
        guard let entry = tree.root["spec"]?.mapping?.entry("containers"),
            let first = entry.value.sequence?.first, entry.value.style == .block
        else { return 0 }
        let start = lines.lineStart(of: first.range.offsets.lowerBound)
        let dash = lines.skipBlanks(from: start) - start
        return max(0, dash - (entry.keyNode.start.column - 1))
    }
}
