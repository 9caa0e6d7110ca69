internal import Basics

/// Collects the entries of one mapping: no key twice, merge keys resolved.
struct MappingBuilder {
    let file: String
    let duplicateKeys: YAMLOptions.DuplicateKeys
    private var entries: [YAMLMapping.Entry] = []
    private var places: [String: Int] = [:]
    private var merges: [YAMLNode] = []
    /// Where the last value ends.
    private(set) var end: YAMLPosition?
    /// How many nodes came by merge keys.
    private(set) var mergedNodes = 0

    init(file: String, duplicateKeys: YAMLOptions.DuplicateKeys) {
        self.file = file
        self.duplicateKeys = duplicateKeys
    }

    mutating func add(key: YAMLNode, value: YAMLNode) throws(Fault) {
        end = value.range.end
        guard let scalar = key.scalar else {
            throw fault(
                "\(key.kind) can't be a key here",
                hint: "Text with braces or brackets must be quoted.", at: key)
        }
        let name = scalar.text
        if name == "<<", scalar.style == .plain || key.tag == "tag:yaml.org,2002:merge" {
            return try addMerge(value, key: key)
        }
        let first = places[name]
        let entry = YAMLMapping.Entry(
            key: name, keyNode: key, value: value, isMerged: false, isRepeated: first != nil)
        guard let first else {
            places[name] = entries.count
            entries.append(entry)
            return
        }
        guard duplicateKeys == .lastWins else { throw duplicate(entry, of: entries[first]) }
        entries[first] = entry
    }

    private mutating func addMerge(_ value: YAMLNode, key: YAMLNode) throws(Fault) {
        guard merges.isEmpty || duplicateKeys == .lastWins else {
            throw fault(
                "the merge key «<<» stands here twice",
                hint: "Give it a list: «<<: [*a, *b]».", at: key)
        }
        merges += value.sequence ?? [value]
        for merge in merges where merge.mapping == nil {
            throw fault(
                "«<<» takes a mapping or a list of mappings, not \(merge.kind)",
                hint: "Write «<<: *name» where «&name» stands before a mapping.", at: merge)
        }
    }

    /// What stands here wins over what is merged, an earlier merge over a later one
    /// (yaml.org/type/merge.html).
    mutating func finish() throws(Fault) -> YAMLMapping {
        for merge in merges {
            for entry in merge.mapping?.entries ?? [] where places[entry.key] == nil {
                places[entry.key] = entries.count
                mergedNodes += 1 + entry.value.nodeCount
                entries.append(
                    YAMLMapping.Entry(
                        key: entry.key, keyNode: entry.keyNode, value: entry.value, isMerged: true,
                        isRepeated: false))
            }
        }
        return YAMLMapping(entries)
    }

    private func duplicate(
        _ second: YAMLMapping.Entry, of first: YAMLMapping.Entry
    ) -> Fault {
        fault(
            "duplicate key \"\(second.key)\": "
                + "it stands at line \(first.keyNode.start.line) already",
            hint: "Remove one of them.", at: second.keyNode)
    }

    private func fault(_ message: String, hint: String, at node: YAMLNode) -> Fault {
        Fault(.badInput, message, hint: hint, place: node.place(in: file))
    }
}
