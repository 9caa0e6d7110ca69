internal import Basics
internal import YAML

extension APIServerManifest {
    /// With other words in one of the container's two lists.
    func changing(
        _ key: String, to words: [String], _ part: KeyPath<ServerArguments, [String]>
    ) throws -> APIServerManifest {
        let present = arguments[keyPath: part]
        var manifest = self
        for _ in 0..<Self.mostRemovals where present.count < words.count + Self.mostRemovals {
            let script = WordEdits(from: manifest.arguments[keyPath: part], to: words)
            guard !script.isEmpty else { return manifest }
            manifest = try manifest.applying(script, to: key)
        }
        throw tree.refusal(
            "the argument stands there too many times", hint: "Remove all but the last.",
            at: tree.container)
    }

    /// Removals one by one, since in brackets each changes its neighbours' commas.
    private func applying(_ script: WordEdits, to key: String) throws -> APIServerManifest {
        let path = tree.containerPath + [.key(key)]
        guard let list = try tree.editable(path), let items = list.sequence, !items.isEmpty else {
            throw tree.refusal(
                "the container has no arguments to which one could be added",
                hint: "Write its command as a list.", at: tree.container)
        }
        return try edited { edits in
            let collection = collection(list)
            for (index, word) in script.replacements {
                edits.replace(
                    items[index].range.offsets,
                    by: Quoting.written(word, like: try editableStyle(of: items[index])))
            }
            if let index = script.removals.last {
                _ = try editableStyle(of: items[index])
                return try collection.remove(items[index].range.offsets, from: &edits)
            }
            guard !script.additions.isEmpty else { return }
            let style = items.last?.scalar?.style ?? .plain
            try collection.append(
                script.additions.map { .written(Quoting.written($0, like: style)) }, to: &edits)
        }
    }

    func editableStyle(of word: YAMLNode) throws -> YAMLScalar.Style {
        try tree.checkOwnText(of: word)
        guard word.anchor == nil, word.tag == nil, let style = word.scalar?.style else {
            throw tree.refusal(
                "a tag or an anchor stands before the argument", hint: "Write the argument alone.",
                at: word)
        }
        guard style != .literal, style != .folded else {
            throw tree.refusal(
                "the argument is a block scalar", hint: "Write it in its line, without «|» or «>».",
                at: word)
        }
        return style
    }
}
