internal import Basics

/// Reads JSON (RFC 8259) that another machine sent: bounded depth, no duplicate names, UTF-8 only.
struct JSONParser {
    /// Deeper than any document of Docker's; keeps the parser's recursion off the stack's end.
    static let greatestDepth = 64

    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// - Throws: `Fault(.remote)` that says what is wrong at which byte, without quoting it.
    static func parse(_ bytes: [UInt8]) throws -> JSONValue {
        var parser = JSONParser(bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.fault("more than one value") }
        return value
    }

    private mutating func value(depth: Int) throws -> JSONValue {
        guard depth <= Self.greatestDepth else { throw fault("nested too deeply") }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func object(depth: Int) throws -> JSONObject {
        position += 1
        var object = JSONObject()
        var names: Set<String> = []
        if skipSpace(), take("}") { return object }
        while true {
            skipSpace()
            let name = try string()
            guard names.insert(name).inserted else { throw fault("a member name twice") }
            skipSpace()
            guard take(":") else { throw fault("no colon after a member name") }
            object.append(name, try value(depth: depth + 1))
            skipSpace()
            if take("}") { return object }
            guard take(",") else { throw fault("no comma between members") }
        }
    }

    private mutating func array(depth: Int) throws -> [JSONValue] {
        position += 1
        var elements: [JSONValue] = []
        if skipSpace(), take("]") { return elements }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return elements }
            guard take(",") else { throw fault("no comma between elements") }
        }
    }

    private mutating func literal(_ word: String, _ value: JSONValue) throws -> JSONValue {
        guard bytes[position...].starts(with: word.utf8) else { throw fault("no value") }
        position += word.utf8.count
        return value
    }

    private mutating func number() throws -> String {
        let start = position
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            position += 1
        }
        guard position > start else { throw fault("no value") }
    }

    private mutating func string() throws -> String {
        guard take("\"") else { throw fault("no member name") }
        var text: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw fault("a string that isn't UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw fault("a control character in a string")
            default: text.append(byte)
            }
        }
        throw fault("the end within a string")
    }

    private mutating func escape(into text: inout [UInt8]) throws {
        guard let byte = peek else { throw fault("the end within a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"): text.append(contentsOf: String(try scalar()).utf8)
        default: throw fault("an unknown escape")
        }
    }

    /// The character of `\uXXXX`, or of a pair of them for what lies above U+FFFF. A lone half of
    /// a pair becomes U+FFFD, as Go has it, which wrote what is read here.
    private mutating func scalar() throws -> Character {
        let first = try codeUnit()
        var units = [first]
        if UTF16.isLeadSurrogate(first), bytes[position...].starts(with: "\\u".utf8) {
            position += 2
            units.append(try codeUnit())
        }
        return String(decoding: units, as: UTF16.self).first ?? "\u{FFFD}"
    }

    private mutating func codeUnit() throws -> UInt16 {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, digits.first != UInt8(ascii: "+"),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw fault("an unknown escape") }
        position += 4
        return unit
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = peek, UInt32(byte) == character.value else { return false }
        position += 1
        return true
    }

    @discardableResult
    private mutating func skipSpace() -> Bool {
        while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
        return true
    }

    private func fault(_ problem: String) -> Fault {
        Fault(.remote, "what should be JSON isn't: \(problem) at byte \(position)")
    }
}
