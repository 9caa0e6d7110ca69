internal import Basics
internal import CLibYAML
internal import Glibc

/// One step of a document as libyaml reports it, in Swift's terms.
struct YAMLEvent {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias(String)
        case scalar(YAMLScalar)
        case sequenceStart(YAMLNode.Style)
        case mappingStart(YAMLNode.Style)
        case collectionEnd
    }

    let kind: Kind
    let range: YAMLRange
    let anchor: String?
    let tag: String?
}

/// Owns one `yaml_parser_t`. Lives no longer than the bytes it was made for.
final class EventParser {
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let bytes: UnsafeRawBufferPointer
    private let text: SourceText
    private let file: String

    init(bytes: UnsafeRawBufferPointer, file: String) throws(Fault) {
        self.bytes = bytes
        self.file = file
        do {
            text = try SourceText(checking: bytes, file: file)
        } catch {
            parser.deallocate()
            throw error
        }
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw Fault(.failed, "libyaml has no memory to read \(file)")
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        yaml_parser_set_input_string(
            parser, start?.advanced(by: text.markLength), bytes.count - text.markLength)
    }

    deinit {
        // libyaml frees its copies of the source without wiping them.
        wipe(parser.pointee.raw_buffer.start, parser.pointee.raw_buffer.end)
        wipe(parser.pointee.buffer.start, parser.pointee.buffer.end)
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    private func wipe(_ start: UnsafeMutablePointer<UInt8>?, _ end: UnsafeMutablePointer<UInt8>?) {
        if let start, let end { explicit_bzero(start, end - start) }
    }

    func next() throws(Fault) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxFault() }
        defer { yaml_event_delete(&event) }
        let range = YAMLRange(start: position(event.start_mark), end: position(event.end_mark))
        let (anchor, tag) = properties(of: event)
        return YAMLEvent(
            kind: kind(of: event, tag: tag), range: range, anchor: anchor, tag: tag)
    }

    private func position(_ mark: yaml_mark_t) -> YAMLPosition {
        YAMLPosition(
            line: mark.line + 1, column: mark.column + 1,
            offset: text.offset(ofCharacter: mark.index))
    }

    private func kind(of event: yaml_event_t, tag: String?) -> YAMLEvent.Kind {
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: .documentStart
        case YAML_DOCUMENT_END_EVENT: .documentEnd
        case YAML_STREAM_END_EVENT: .streamEnd
        case YAML_ALIAS_EVENT: .alias(string(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT: .scalar(scalar(event, tag: tag))
        case YAML_SEQUENCE_START_EVENT:
            .sequenceStart(
                event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE ? .flow : .block)
        case YAML_MAPPING_START_EVENT:
            .mappingStart(
                event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE ? .flow : .block)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: .collectionEnd
        case YAML_STREAM_START_EVENT: .streamStart
        // libyaml has no other event; none at all means that the stream has ended.
        default: .streamEnd
        }
    }

    private func properties(of event: yaml_event_t) -> (anchor: String?, tag: String?) {
        switch event.type {
        case YAML_SCALAR_EVENT:
            (string(event.data.scalar.anchor), string(event.data.scalar.tag))
        case YAML_SEQUENCE_START_EVENT:
            (string(event.data.sequence_start.anchor), string(event.data.sequence_start.tag))
        case YAML_MAPPING_START_EVENT:
            (string(event.data.mapping_start.anchor), string(event.data.mapping_start.tag))
        default: (nil, nil)
        }
    }

    private func string(_ text: UnsafeMutablePointer<UInt8>?) -> String? {
        text.map { String(cString: $0) }
    }

    private func scalar(_ event: yaml_event_t, tag: String?) -> YAMLScalar {
        let scalar = event.data.scalar
        let content = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
        let bytes = SecretBytes(copying: content)
        if let value = scalar.value { explicit_bzero(value, scalar.length) }
        let style: YAMLScalar.Style =
            switch scalar.style {
            case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
            case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
            case YAML_LITERAL_SCALAR_STYLE: .literal
            case YAML_FOLDED_SCALAR_STYLE: .folded
            default: .plain
            }
        return YAMLScalar(bytes: bytes, style: style, tag: tag)
    }
}

// MARK: - Errors

extension EventParser {
    private func syntaxFault() -> Fault {
        let state = parser.pointee
        guard state.error != YAML_MEMORY_ERROR else {
            return Fault(.failed, "libyaml has no memory to read \(file)")
        }
        let mark = state.problem_mark
        let place = Fault.Place(file: file, line: mark.line + 1, column: mark.column + 1)
        if hasTab(before: mark) {
            return Fault(
                .badInput, "a tab where YAML allows spaces only",
                hint: "Indent with spaces: replace every tab at the beginning of lines.",
                place: place)
        }
        var message = state.problem.map { String(cString: $0) } ?? "the YAML can't be read"
        if let context = state.context {
            message += " " + String(cString: context)
            if state.context_mark.line != mark.line {
                message += " that begins at line \(state.context_mark.line + 1)"
            }
        }
        return Fault(
            .badInput, message,
            hint: "Check the indentation, quotes and brackets of this line and the one above.",
            place: place)
    }

    /// Whether a tab stands at the mark, or in the indentation of its line.
    private func hasTab(before mark: yaml_mark_t) -> Bool {
        let here = text.offset(ofCharacter: mark.index)
        if here < bytes.count, bytes[here] == UInt8(ascii: "\t") { return true }
        let lineStart = text.offset(ofCharacter: mark.index - mark.column)
        guard lineStart <= here else { return false }
        return bytes[lineStart..<min(here, bytes.count)]
            .prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            .contains(UInt8(ascii: "\t"))
    }
}
