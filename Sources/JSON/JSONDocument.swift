public import Basics

/// A JSON object as bytes, of which single members are read and replaced while every other byte
/// stays as it is.
///
/// Decoding and encoding would change what others wrote (number formats, escapes, order, white
/// space), so ranges of the bytes are replaced instead.
public struct JSONDocument: Sendable {
    public private(set) var bytes: SecretBytes

    /// `{}`
    public init() { bytes = Self.text("{}") }

    /// - Throws: `JSONMalformed` where the bytes aren't one JSON object.
    public init(checking bytes: SecretBytes) throws(JSONMalformed) {
        self.bytes = bytes
        var isObject = false
        try Self.read(bytes, 0..<bytes.count, keeping: 0) { tokenizer, token in
            if token == .objectStart, tokenizer.depth == 1 { isObject = true }
        }
        guard isObject else { throw JSONMalformed("it is no object", offset: 0) }
    }

    /// The range of the value at a path of member names; nil where there is none. Of members with
    /// one name the last counts, as everywhere in Go.
    public func range(of path: [String]) -> Range<Int>? {
        var range = whole
        for name in path {
            guard let next = members(of: range)?.last(where: { $0.name == name }) else {
                return nil
            }
            range = next.value
        }
        return range
    }

    /// The text of a string member; nil where there is none or it's no string.
    public func string(_ path: [String]) -> SecretBytes? { range(of: path).flatMap(string) }

    /// A string member of every object in an array; what is anything else is left out.
    public func strings(_ name: String, ofElementsOf path: [String]) -> [String] {
        guard let array = range(of: path), begins(array, with: "[") else { return [] }
        return parts(of: array).compactMap { element in
            members(of: element.value)?.last { $0.name == name }.flatMap { string($0.value) }?
                .exposedText()
        }
    }

    public func slice(_ range: Range<Int>) -> SecretBytes {
        bytes.withUnsafeBytes { SecretBytes(copying: $0[range]) }
    }

    public func isNull(_ range: Range<Int>) -> Bool {
        bytes.withUnsafeBytes { $0[range].elementsEqual("null".utf8) }
    }

    public func isObject(_ range: Range<Int>) -> Bool { begins(range, with: "{") }

    /// Names that the object at a path has twice.
    public func duplicates(in path: [String], among names: [String]) -> [String] {
        let present = range(of: path).flatMap { members(of: $0) }?.map(\.name) ?? []
        return names.filter { name in present.count { $0 == name } > 1 }
    }
}

// MARK: - Changing

extension JSONDocument {
    /// Puts a value, which must be JSON, at a path; objects on the way are made where they are
    /// missing (or null).
    public mutating func set(_ path: [String], to value: SecretBytes) {
        guard let name = path.last else { return }
        let member = SecretBytes(copying: "\(JSONText.quoted(name)): ".utf8) + value
        let line = Self.line(depth: path.count)
        let lastLine = Self.line(depth: path.count - 1)
        let parent = Array(path.dropLast())
        guard let object = range(of: parent), !isNull(object) else {
            return set(parent, to: Self.text("{") + line + member + lastLine + Self.text("}"))
        }
        if let old = range(of: path) {
            replace(old, with: value)
        } else if let last = members(of: object)?.last?.value.upperBound {
            replace(last..<last, with: Self.text(",") + line + member)
        } else {
            replace(
                object.lowerBound + 1..<object.upperBound - 1, with: line + member + lastLine)
        }
    }

    /// A new line in the indentation that RKE writes.
    private static func line(depth: Int) -> SecretBytes {
        text("\n" + String(repeating: "  ", count: depth))
    }

    private static func text(_ text: String) -> SecretBytes { SecretBytes(copying: text.utf8) }

    private mutating func replace(_ range: Range<Int>, with value: SecretBytes) {
        bytes = slice(0..<range.lowerBound) + value + slice(range.upperBound..<bytes.count)
    }
}

// MARK: - Reading

extension JSONDocument {
    private struct Part {
        /// Empty for an element.
        let name: String
        /// Where it stands, without white space around it.
        let value: Range<Int>
    }

    private typealias Body = (inout JSONTokenizer, JSONTokenizer.Token) -> Void

    /// The root without the white space around it.
    private var whole: Range<Int> {
        bytes.withUnsafeBytes { raw in
            let start = raw.firstIndex { !" \t\r\n".utf8.contains($0) } ?? raw.startIndex
            let last = raw.lastIndex { !" \t\r\n".utf8.contains($0) } ?? start
            return start..<last + 1
        }
    }

    private func begins(_ range: Range<Int>, with character: Unicode.Scalar) -> Bool {
        bytes.withUnsafeBytes { $0[range].first == UInt8(ascii: character) }
    }

    private func string(_ range: Range<Int>) -> SecretBytes? {
        var text: SecretBytes?
        readChecked(range) { tokenizer, token in
            guard token == .string, tokenizer.depth == 0 else { return }
            text = SecretBytes(copying: tokenizer.text)
        }
        return text
    }

    /// Nil where the value is no object.
    private func members(of range: Range<Int>) -> [Part]? {
        isObject(range) ? parts(of: range) : nil
    }

    /// The members of an object, or the elements of an array.
    private func parts(of range: Range<Int>) -> [Part] {
        var parts: [Part] = []
        var name = ""
        var start = 0
        readChecked(range) { tokenizer, token in
            switch (token, tokenizer.depth) {
            case (.name, _):
                name = String(validating: tokenizer.text, as: UTF8.self) ?? ""
                tokenizer.kept = 0
            case (.objectStart, 2), (.arrayStart, 2):
                start = range.lowerBound + tokenizer.start
                tokenizer.skipRest()
            case (.string, _), (.word, _):
                start = range.lowerBound + tokenizer.start
                fallthrough
            case (.objectEnd, 1), (.arrayEnd, 1):
                parts.append(Part(name: name, value: start..<range.lowerBound + tokenizer.offset))
                tokenizer.kept = .max
            default: break
            }
        }
        return parts
    }

    /// The whole document has been checked, so this can't fail.
    private func readChecked(_ range: Range<Int>, _ body: Body) {
        do { try Self.read(bytes, range, keeping: .max, body) } catch { return }
    }

    private static func read(
        _ bytes: SecretBytes, _ range: Range<Int>, keeping kept: Int, _ body: Body
    ) throws(JSONMalformed) {
        let malformed = bytes.withUnsafeBytes { raw -> JSONMalformed? in
            do throws(JSONMalformed) {
                let raw = UnsafeRawBufferPointer(rebasing: raw[range])
                try JSONTokenizer.read(raw, keeping: kept, body)
                return nil
            } catch {
                return error
            }
        }
        if let malformed { throw malformed }
    }
}
