internal import Basics

/// Builds the tree from libyaml's events, within limits.
struct Composer {
    private let parser: EventParser
    private let options: YAMLOptions
    let file: String
    private var anchors: [String: YAMLNode] = [:]
    private var nodes = 0
    private var aliasedNodes = 0

    init(parser: EventParser, file: String, options: YAMLOptions) {
        self.parser = parser
        self.file = file
        self.options = options
    }

    mutating func document() throws(Fault) -> YAMLNode {
        while true {
            let event = try parser.next()
            switch event.kind {
            case .streamStart: continue
            case .documentStart:
                let root = try node(from: try parser.next(), depth: 0)
                try end()
                return root
            default: return Self.nothing(at: event.range)
            }
        }
    }

    private static func nothing(at range: YAMLRange) -> YAMLNode {
        let scalar = YAMLScalar(bytes: SecretBytes(copying: []), style: .plain, tag: nil)
        return YAMLNode(
            content: .scalar(scalar), style: .block, range: range, tag: nil, anchor: nil,
            alias: nil, nodeCount: 1)
    }

    private func end() throws(Fault) {
        guard options.documents == .onlyOne else { return }
        while true {
            let event = try parser.next()
            switch event.kind {
            case .streamEnd: return
            case .documentEnd: continue
            default:
                throw fault(
                    "a second document begins here",
                    hint: "Only one is read: remove the rest, or the line «---».", at: event.range)
            }
        }
    }

    // MARK: Nodes

    private mutating func node(from event: YAMLEvent, depth: Int) throws(Fault) -> YAMLNode {
        try count(event)
        switch event.kind {
        case .alias(let name): return try copy(of: name, at: event.range)
        case .scalar(let scalar):
            return remember(
                node(.scalar(scalar), .block, event, end: event.range.end, count: 1), event.anchor)
        case .sequenceStart(let style):
            try checkDepth(depth, at: event.range)
            return remember(try sequence(event, style, depth: depth + 1), event.anchor)
        case .mappingStart(let style):
            try checkDepth(depth, at: event.range)
            return remember(try mapping(event, style, depth: depth + 1), event.anchor)
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .collectionEnd:
            throw fault("the document ends too early", at: event.range)
        }
    }

    private func node(
        _ content: YAMLNode.Content, _ style: YAMLNode.Style, _ event: YAMLEvent,
        end: YAMLPosition, count: Int
    ) -> YAMLNode {
        YAMLNode(
            content: content, style: style,
            range: YAMLRange(start: event.range.start, end: end),
            tag: event.tag, anchor: event.anchor, alias: nil, nodeCount: count)
    }

    private mutating func remember(_ node: YAMLNode, _ anchor: String?) -> YAMLNode {
        if let anchor { anchors[anchor] = node }
        return node
    }

    private mutating func sequence(
        _ start: YAMLEvent, _ style: YAMLNode.Style, depth: Int
    ) throws(Fault) -> YAMLNode {
        var elements: [YAMLNode] = []
        while true {
            let event = try parser.next()
            if case .collectionEnd = event.kind {
                let end = style == .flow ? event.range.end : elements.last?.range.end
                return node(
                    .sequence(elements), style, start, end: end ?? start.range.end,
                    count: elements.reduce(1) { $0 + $1.nodeCount })
            }
            elements.append(try node(from: event, depth: depth))
        }
    }

    private mutating func mapping(
        _ start: YAMLEvent, _ style: YAMLNode.Style, depth: Int
    ) throws(Fault) -> YAMLNode {
        var builder = MappingBuilder(file: file, duplicateKeys: options.duplicateKeys)
        while true {
            let event = try parser.next()
            if case .collectionEnd = event.kind {
                let mapping = try builder.finish()
                try expand(builder.mergedNodes, at: start.range)
                let end = style == .flow ? event.range.end : builder.end
                return node(
                    .mapping(mapping), style, start, end: end ?? start.range.end,
                    count: mapping.entries.reduce(1) { $0 + 1 + $1.value.nodeCount })
            }
            let key = try node(from: event, depth: depth)
            try builder.add(key: key, value: try node(from: try parser.next(), depth: depth))
        }
    }

    // MARK: Limits

    private mutating func copy(of name: String, at range: YAMLRange) throws(Fault) -> YAMLNode {
        guard let anchored = anchors[name] else {
            throw fault(
                "the alias «*\(name)» has no anchor «&\(name)» before it",
                hint: "Quote the text if it should begin with an asterisk.", at: range)
        }
        try expand(anchored.nodeCount, at: range)
        return anchored.aliased(as: name, at: range)
    }

    private mutating func expand(_ added: Int, at range: YAMLRange) throws(Fault) {
        aliasedNodes += added
        guard aliasedNodes <= options.limits.aliasedNodes else {
            throw fault(
                "aliases blow the file up to more than \(options.limits.aliasedNodes) values",
                hint: "Write the values out instead of nesting aliases.", at: range)
        }
    }

    private mutating func count(_ event: YAMLEvent) throws(Fault) {
        nodes += 1
        guard nodes <= options.limits.nodes else {
            throw fault(
                "the file has more than \(options.limits.nodes) values",
                hint: "Is it the right file?", at: event.range)
        }
    }

    private func checkDepth(_ depth: Int, at range: YAMLRange) throws(Fault) {
        guard depth < options.limits.depth else {
            throw fault(
                "nested more than \(options.limits.depth) levels deep",
                hint: "Is it the right file?", at: range)
        }
    }

    private func fault(_ message: String, hint: String? = nil, at range: YAMLRange) -> Fault {
        Fault(
            .badInput, message, hint: hint,
            place: Fault.Place(file: file, line: range.start.line, column: range.start.column))
    }
}
