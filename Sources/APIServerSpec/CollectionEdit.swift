internal import Basics
internal import YAML

/// Adds to one list or mapping, or takes from it, so that taking undoes adding byte for byte.
struct CollectionEdit {
    let node: YAMLNode
    let file: String
    let flowStyle: Fragment.FlowStyle
    /// How far lists are indented within mappings.
    let listIndent: Int
    /// Items, or keys with their values, in the order of the source, without what is merged.
    let elements: [Range<Int>]

    init(_ node: YAMLNode, file: String, flowStyle: Fragment.FlowStyle, listIndent: Int) {
        self.node = node
        self.file = file
        self.flowStyle = flowStyle
        self.listIndent = listIndent
        switch node.content {
        case .scalar: elements = []
        case .sequence(let items): elements = items.map(\.range.offsets)
        case .mapping(let mapping):
            elements = mapping.entries.filter { !$0.isMerged }.map(Self.range(of:))
                .sorted { $0.lowerBound < $1.lowerBound }
        }
    }

    static func range(of entry: YAMLMapping.Entry) -> Range<Int> {
        let key = entry.keyNode.range.offsets
        return key.lowerBound..<max(key.upperBound, entry.value.range.offsets.upperBound)
    }

    /// Adds items to a list that is one.
    func append(_ items: [Fragment], to edits: inout SourceEdits) throws {
        guard node.style == .block else {
            return try appendInBrackets(items.map { $0.flow(flowStyle) }, to: &edits)
        }
        let source = edits.lines
        guard let dash = elements.reversed().lazy.compactMap({ dash(of: $0, source) }).first else {
            throw refusal("the list's dashes stand on lines of their own")
        }
        let lines = items.flatMap { $0.item(dash: dash, listIndent: listIndent) }
        try insertLines(lines, to: &edits)
    }

    /// Adds a key to a mapping that hasn't got it.
    func append(_ key: String, _ value: Fragment, to edits: inout SourceEdits) throws {
        guard node.style == .block else {
            let entry = flowStyle.key(key) + value.flow(flowStyle)
            return try appendInBrackets([entry], to: &edits)
        }
        let columns = (node.mapping?.entries ?? []).filter { !$0.isMerged }
            .map(\.keyNode.start.column)
        let indent = String(repeating: " ", count: max(0, (columns.min() ?? 1) - 1))
        let lines = Fragment.entry(key, value, listIndent: listIndent).map { indent + $0 }
        try insertLines(lines, to: &edits)
    }

    /// - Parameter element: one of `elements`.
    func remove(_ element: Range<Int>, from edits: inout SourceEdits) throws {
        guard node.style == .block else { return try removeInBrackets(element, from: &edits) }
        let start = edits.lines.lineStart(of: element.lowerBound)
        let isFirstInLine =
            node.sequence == nil
            ? edits.lines.isBlank(start..<element.lowerBound)
            : dash(of: element, edits.lines) != nil
        guard isFirstInLine, endsWithItsLine(element, edits.lines) else {
            throw refusal("what is to go shares its line with something else")
        }
        edits.deleteLines(touching: element)
    }

    // MARK: By indentation

    /// What stands before an item in its line: blanks, the dash, blanks.
    private func dash(of item: Range<Int>, _ lines: SourceLines) -> String? {
        let before = lines.text(lines.lineStart(of: item.lowerBound)..<item.lowerBound)
        let parts = before.split(separator: "-", omittingEmptySubsequences: false)
        let isDash = parts.count == 2 && parts.allSatisfy { $0.allSatisfy { " \t".contains($0) } }
        return isDash ? before : nil
    }

    private func insertLines(_ new: [String], to edits: inout SourceEdits) throws {
        guard let last = elements.last else { throw refusal("there is nothing to add it to") }
        guard endsWithItsLine(last, edits.lines) else {
            throw refusal("its last element shares its line with something else")
        }
        edits.insertLines(new, after: last.upperBound)
    }

    private func endsWithItsLine(_ element: Range<Int>, _ lines: SourceLines) -> Bool {
        // The text of a block scalar ends where the next line starts.
        lines.isLineStart(element.upperBound) || lines.isSpare(from: element.upperBound)
    }

    // MARK: In brackets

    private func appendInBrackets(_ texts: [String], to edits: inout SourceEdits) throws {
        let lines = edits.lines
        guard let last = elements.last else {
            let opening = node.range.offsets.lowerBound
            guard lines[opening] == UInt8(ascii: "[") || lines[opening] == UInt8(ascii: "{") else {
                throw refusal("a tag or an anchor stands before it")
            }
            return edits.insert(texts.joined(separator: "," + flowStyle.gap), at: opening + 1)
        }
        let start = lines.lineStart(of: last.lowerBound)
        guard start > 0, lines.isBlank(start..<last.lowerBound) else {
            let gap = blanksAfterLastComma(lines)
            return edits.insert(texts.map { "," + gap + $0 }.joined(), at: last.upperBound)
        }
        let indent = lines.text(start..<last.lowerBound)
        let newLine = lines.text(lines.ending(before: start)) + indent
        let comma = lines.nextToken(from: last.upperBound)
        if lines[comma] == UInt8(ascii: ",") {
            guard lines.isSpare(from: comma + 1) else {
                return edits.insert(texts.map { ", " + $0 }.joined(), at: last.upperBound)
            }
            let end = lines.lineEnd(of: comma)
            let ending = lines.text(end.text..<end.ending)
            let added = texts.map { ending + indent + $0 + "," }.joined()
            return edits.insert(added, at: end.text)
        }
        guard lines.isSpare(from: last.upperBound) else {
            return edits.insert(texts.map { "," + newLine + $0 }.joined(), at: last.upperBound)
        }
        // A comment stays in its line.
        let end = lines.lineEnd(of: last.upperBound)
        let ending = lines.text(end.text..<end.ending)
        edits.insert(",", at: last.upperBound)
        edits.insert(texts.map { ending + indent + $0 }.joined(separator: ","), at: end.text)
    }

    private func blanksAfterLastComma(_ lines: SourceLines) -> String {
        guard elements.count > 1, let last = elements.last else { return flowStyle.gap }
        let comma = lines.nextToken(from: elements[elements.count - 2].upperBound)
        guard lines[comma] == UInt8(ascii: ","), comma < last.lowerBound,
            lines.isBlank(comma + 1..<last.lowerBound)
        else { return flowStyle.gap }
        return lines.text(comma + 1..<last.lowerBound)
    }

    private func removeInBrackets(_ element: Range<Int>, from edits: inout SourceEdits) throws {
        let lines = edits.lines
        let previous = elements.last { $0.upperBound <= element.lowerBound }
        let start = lines.lineStart(of: element.lowerBound)
        let comma = lines.nextToken(from: element.upperBound)
        if lines[comma] == UInt8(ascii: ",") {
            if lines.isBlank(start..<element.lowerBound), lines.isSpare(from: comma + 1),
                lines.isBlank(element.upperBound..<comma)
            {
                return edits.deleteLines(touching: element.lowerBound..<comma + 1)
            }
            let all =
                if let previous { previous.upperBound..<element.upperBound } else {
                    element.lowerBound..<lines.nextToken(from: comma + 1)
                }
            guard !lines.text(all.lowerBound..<element.lowerBound).contains("#") else {
                throw refusal("a comment stands before what is to go")
            }
            return edits.delete(all)
        }
        guard let previous else { return edits.delete(element) }
        let separator = lines.nextToken(from: previous.upperBound)
        guard lines[separator] == UInt8(ascii: ",") else {
            throw refusal("its commas can't be made out")
        }
        guard start > separator else { return edits.delete(separator..<element.upperBound) }
        edits.delete(separator..<separator + 1)
        edits.delete(lines.ending(before: start).lowerBound..<element.upperBound)
    }

    private func refusal(_ reason: String) -> Fault {
        Fault(
            .refused, "\(node.kind) can't be changed in place: \(reason)",
            hint: "Write it one element a line.", place: node.place(in: file))
    }
}
