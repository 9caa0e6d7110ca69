internal import CLabYAML

/// A text is not the YAML that kube-apiserver reads.
package struct YAMLError: Error, CustomStringConvertible {
    package let description: String
}

/// Reads the first document of a YAML stream as the JSON that it stands for, which is how
/// kube-apiserver reads its configuration files.
package struct YAMLDocument {
    /// A mapping that has a key twice: its name, for the readers who mind.
    package private(set) var duplicateKeys: [String] = []
    package private(set) var root: JSON = .null

    package init(_ bytes: [UInt8]) throws(YAMLError) {
        let parser = try EventParser(bytes)
        var builder = Builder(parser: parser)
        root = try builder.document()
        duplicateKeys = builder.duplicateKeys
    }
}

private enum Event {
    case streamStart, streamEnd, documentStart, documentEnd
    case alias(String)
    case scalar(String, isPlain: Bool, anchor: String?)
    case sequenceStart(anchor: String?)
    case sequenceEnd
    case mappingStart(anchor: String?)
    case mappingEnd
}

/// Owns one yaml_parser_t and the text that it reads.
private final class EventParser {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutablePointer<UInt8>

    init(_ bytes: [UInt8]) throws(YAMLError) {
        parser = .allocate(capacity: 1)
        input = .allocate(capacity: max(1, bytes.count))
        input.initialize(repeating: 0, count: max(1, bytes.count))
        input.update(from: bytes, count: bytes.count)
        guard yaml_parser_initialize(parser) == 1 else {
            throw YAMLError(description: "libyaml has no memory")
        }
        yaml_parser_set_input_string(parser, input, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    private static func text(_ pointer: UnsafeMutablePointer<UInt8>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    func next() throws(YAMLError) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else {
            let problem = parser.pointee.problem.map { String(cString: $0) } ?? "unreadable"
            let line = parser.pointee.problem_mark.line + 1
            throw YAMLError(description: "yaml: line \(line): \(problem)")
        }
        defer { yaml_event_delete(&event) }
        switch event.type {
        case YAML_STREAM_START_EVENT: return .streamStart
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_ALIAS_EVENT: return .alias(Self.text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return .scalar(
                String(decoding: bytes, as: UTF8.self),
                isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.plain_implicit == 1,
                anchor: Self.text(scalar.anchor))
        case YAML_SEQUENCE_START_EVENT:
            return .sequenceStart(anchor: Self.text(event.data.sequence_start.anchor))
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            return .mappingStart(anchor: Self.text(event.data.mapping_start.anchor))
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        default: return .streamEnd
        }
    }
}

private struct Builder {
    let parser: EventParser
    var duplicateKeys: [String] = []
    private var anchors: [String: JSON] = [:]
    private var aliases = 0
    private static let maximumDepth = 100
    private static let maximumAliases = 1000

    init(parser: EventParser) { self.parser = parser }

    mutating func document() throws(YAMLError) -> JSON {
        while true {
            let event = try parser.next()
            switch event {
            case .streamStart, .documentStart: continue
            case .streamEnd, .documentEnd: return .null
            default: return try node(event, depth: 0)
            }
        }
    }

    private mutating func node(_ event: Event, depth: Int) throws(YAMLError) -> JSON {
        guard depth < Self.maximumDepth else {
            throw YAMLError(description: "yaml: exceeded max depth")
        }
        switch event {
        case .alias(let name): return try resolve(name)
        case .scalar(let text, let isPlain, let anchor):
            return remember(isPlain ? Self.plain(text) : .string(text), anchor)
        case .sequenceStart(let anchor):
            var elements: [JSON] = []
            while true {
                let inner = try parser.next()
                if case .sequenceEnd = inner { return remember(.array(elements), anchor) }
                elements.append(try node(inner, depth: depth + 1))
            }
        case .mappingStart(let anchor): return remember(try mapping(depth: depth), anchor)
        default: throw YAMLError(description: "yaml: unexpected end of document")
        }
    }

    private mutating func mapping(depth: Int) throws(YAMLError) -> JSON {
        var (members, merged): ([String: JSON], [[String: JSON]]) = ([:], [])
        while true {
            let event = try parser.next()
            if case .mappingEnd = event {
                // What stands in the mapping itself wins, then what is merged first.
                return .object(merged.reduce(members) { $0.merging($1) { first, _ in first } })
            }
            guard case .scalar(let name, let isPlain, _) = event else {
                throw YAMLError(description: "yaml: a key that is no scalar")
            }
            if isPlain, name == "<<" {
                merged += try Self.merged(node(parser.next(), depth: depth + 1))
                continue
            }
            if members[name] != nil { duplicateKeys.append(name) }
            members[name] = try node(parser.next(), depth: depth + 1)
        }
    }

    /// The merge key of YAML 1.1: a mapping, or a list of them.
    private static func merged(_ value: JSON) throws(YAMLError) -> [[String: JSON]] {
        let mappings = (value.array ?? [value]).map(\.object)
        guard mappings.allSatisfy({ $0 != nil }) else {
            throw YAMLError(
                description: "yaml: map merge requires map or sequence of maps as the value")
        }
        return mappings.compactMap(\.self)
    }

    private mutating func remember(_ value: JSON, _ anchor: String?) -> JSON {
        if let anchor { anchors[anchor] = value }
        return value
    }

    private mutating func resolve(_ name: String) throws(YAMLError) -> JSON {
        aliases += 1
        guard aliases <= Self.maximumAliases, let value = anchors[name] else {
            throw YAMLError(description: "yaml: unknown anchor '\(name)' referenced")
        }
        return value
    }

    /// What a plain scalar means in YAML 1.1, as far as configuration files go.
    private static func plain(_ text: String) -> JSON {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .bool(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF":
            return .bool(false)
        default:
            guard let first = text.utf8.first,
                first &- UInt8(ascii: "0") < 10 || [0x2b, 0x2d, 0x2e].contains(first)
            else { return .string(text) }
            if let integer = Int64(text) { return .number(String(integer)) }
            if text.hasPrefix("0x"), let integer = Int64(text.dropFirst(2), radix: 16) {
                return .number(String(integer))
            }
            return Double(text).map { .number(String($0)) } ?? .string(text)
        }
    }
}
