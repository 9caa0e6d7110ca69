public import Basics

/// A place in a YAML source.
public struct YAMLPosition: Sendable, Hashable {
    /// Counted from 1.
    public let line: Int
    /// Characters (Unicode scalars) into the line, counted from 1.
    public let column: Int
    /// Bytes from the beginning of the source, a byte order mark included.
    public let offset: Int

    public init(line: Int, column: Int, offset: Int) {
        self.line = line
        self.column = column
        self.offset = offset
    }
}

/// From where to where something is written; `end` is the first position after it.
///
/// A collection in block style ends where its last element ends, so that comments and blank
/// lines after it are outside.
public struct YAMLRange: Sendable, Hashable {
    public let start: YAMLPosition
    public let end: YAMLPosition

    public init(start: YAMLPosition, end: YAMLPosition) {
        self.start = start
        self.end = end
    }

    public var offsets: Range<Int> { start.offset..<max(start.offset, end.offset) }
}

/// One value of a YAML document, with where and how it is written.
public struct YAMLNode: Sendable {
    public enum Content: Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping(YAMLMapping)
    }

    /// How a collection is written: by indentation, or in brackets.
    public enum Style: Sendable, Hashable { case block, flow }

    public let content: Content
    /// Of a collection; a scalar has a style of its own.
    public let style: Style
    /// Where it is written; of an alias, where the alias is.
    public let range: YAMLRange
    /// The explicit tag, shorthand resolved (`tag:yaml.org,2002:str`); nil where there is none.
    public let tag: String?
    /// The name after `&`.
    public let anchor: String?
    /// The name after `*` where this is a copy of an anchored node: changing the text at `range`
    /// would not change what stands here.
    public let alias: String?
    /// Nodes in this subtree, itself and keys included, aliases expanded.
    public let nodeCount: Int

    public var start: YAMLPosition { range.start }

    /// The place for messages.
    public func place(in file: String) -> Fault.Place {
        Fault.Place(file: file, line: start.line, column: start.column)
    }
}

extension YAMLNode {
    public var scalar: YAMLScalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    public var sequence: [YAMLNode]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    public var mapping: YAMLMapping? {
        if case .mapping(let mapping) = content { mapping } else { nil }
    }

    /// Nothing written, `~` or `null`.
    public var isNull: Bool { scalar?.resolved == .null }

    /// What it is, in a word for messages.
    public var kind: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar(let scalar): scalar.resolved.kind
        }
    }

    /// The value of a key, where this is a mapping that has it.
    public subscript(key: String) -> YAMLNode? { mapping?[key] }

    func aliased(as name: String, at range: YAMLRange) -> YAMLNode {
        YAMLNode(
            content: content, style: style, range: range, tag: tag, anchor: nil, alias: name,
            nodeCount: nodeCount)
    }
}
