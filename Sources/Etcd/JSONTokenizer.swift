internal import Glibc

/// Reads JSON (RFC 8259) piece by piece, keeping of each string only its beginning.
///
/// Made for answers with strings of megabytes of which a few bytes are wanted: what it holds is
/// bounded by `kept`, whatever comes in.
struct JSONTokenizer {
    enum Token {
        case objectStart, objectEnd, arrayStart, arrayEnd
        /// A member's name, a string, or a number, `true`, `false` or `null`: see `text`.
        case name, string, word
    }

    struct Malformed: Error {
        let what: String
        /// In bytes from the start, counted from 0.
        let offset: Int
    }

    private enum State {
        case between, word
        case string(isName: Bool)
        case escape(isName: Bool)
        case unicode(isName: Bool, digits: Int, value: UInt16)
    }

    private enum Expectation { case value, valueOrEnd, name, nameOrEnd, colon, commaOrEnd, nothing }

    private static let greatestDepth = 64
    private static let longestWord = 64

    /// How many bytes of the next string are kept.
    var kept = 4096
    /// The beginning of the string that was read last, decoded.
    private(set) var text: [UInt8] = []
    /// Its whole length in bytes.
    private(set) var textLength = 0

    private var state = State.between
    private var expectation = Expectation.value
    /// Of the objects and arrays around: whether it's an object.
    private var isObject: [Bool] = []
    private var offset = 0

    var isComplete: Bool { expectation == .nothing }

    /// The next token that ends in `bytes`, looked for from `index` on, which is moved; nil when
    /// all of them are used up.
    mutating func next(in bytes: UnsafeRawBufferPointer, at index: inout Int) throws -> Token? {
        while index < bytes.count {
            let byte = bytes[index]
            var token: Token?
            switch state {
            case .word where Self.isWordByte(byte): try append(wordByte: byte)
            // The byte that ends a word isn't part of it.
            case .word: return try endWord()
            case .string(let isName):
                let end = endOfRun(in: bytes, from: index)
                if end > index {
                    append(UnsafeRawBufferPointer(rebasing: bytes[index..<end]))
                    offset += end - index
                    index = end
                    continue
                }
                token = stringByte(byte, isName: isName)
            case .escape(let isName): try escapeByte(byte, isName: isName)
            case .unicode(let isName, let digits, let value):
                try unicodeByte(byte, isName: isName, digits: digits, value: value)
            case .between: token = try structureByte(byte)
            }
            index += 1
            offset += 1
            if let token { return token }
        }
        return nil
    }

    /// Overwrites the kept text.
    mutating func wipe() {
        text.withUnsafeMutableBytes { buffer in
            if let address = buffer.baseAddress { explicit_bzero(address, buffer.count) }
        }
        text.removeAll(keepingCapacity: true)
        textLength = 0
    }

    private func malformed(_ what: String) -> Malformed { Malformed(what: what, offset: offset) }
}

// MARK: - Structure

extension JSONTokenizer {
    private mutating func structureByte(_ byte: UInt8) throws -> Token? {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
            return nil
        case UInt8(ascii: "{"): return try open(.objectStart, then: .nameOrEnd)
        case UInt8(ascii: "["): return try open(.arrayStart, then: .valueOrEnd)
        case UInt8(ascii: "}"): return try close(.objectEnd, empty: .nameOrEnd)
        case UInt8(ascii: "]"): return try close(.arrayEnd, empty: .valueOrEnd)
        case UInt8(ascii: ","):
            guard expectation == .commaOrEnd, let isObject = isObject.last else {
                throw malformed("unexpected ','")
            }
            expectation = isObject ? .name : .value
            return nil
        case UInt8(ascii: ":"):
            guard expectation == .colon else { throw malformed("unexpected ':'") }
            expectation = .value
            return nil
        case UInt8(ascii: "\""):
            wipe()
            let isName = expectation == .name || expectation == .nameOrEnd
            if !isName { try expectMember() }
            state = .string(isName: isName)
            return nil
        default:
            try expectMember()
            guard Self.isWordByte(byte) else { throw malformed("unexpected byte \(byte)") }
            wipe()
            state = .word
            try append(wordByte: byte)
            return nil
        }
    }

    private func expectValue() throws {
        guard expectation == .value || expectation == .valueOrEnd else {
            throw malformed("unexpected value")
        }
    }

    /// An answer as a whole is never a mere scalar.
    private func expectMember() throws {
        try expectValue()
        guard !isObject.isEmpty else { throw malformed("no object") }
    }

    private mutating func open(_ token: Token, then next: Expectation) throws -> Token {
        try expectValue()
        guard isObject.count < Self.greatestDepth else { throw malformed("nested too deeply") }
        isObject.append(token == .objectStart)
        expectation = next
        return token
    }

    private mutating func close(_ token: Token, empty: Expectation) throws -> Token {
        guard expectation == .commaOrEnd || expectation == empty,
            isObject.last == (token == .objectEnd)
        else { throw malformed("unexpected end of an object or array") }
        isObject.removeLast()
        endValue()
        return token
    }

    private mutating func endValue() {
        expectation = isObject.isEmpty ? .nothing : .commaOrEnd
    }
}

// MARK: - Strings and words

extension JSONTokenizer {
    /// Where the first quote or backslash stands. Control characters, which JSON wants escaped,
    /// are let through: memchr(3) is what makes large values quick to pass over.
    private func endOfRun(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var end = bytes.count
        for mark in [UInt8(ascii: "\""), UInt8(ascii: "\\")] {
            let run = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            if let base = run.baseAddress, let found = memchr(base, Int32(mark), run.count) {
                end = start + base.distance(to: UnsafeRawPointer(found))
            }
        }
        return end
    }

    private mutating func append(_ bytes: some Collection<UInt8>) {
        textLength += bytes.count
        if text.count < kept { text.append(contentsOf: bytes.prefix(kept - text.count)) }
    }

    /// Takes what ended a run: a backslash or the closing quote.
    private mutating func stringByte(_ byte: UInt8, isName: Bool) -> Token? {
        switch byte {
        case UInt8(ascii: "\\"):
            state = .escape(isName: isName)
            return nil
        default:
            state = .between
            if isName { expectation = .colon } else { endValue() }
            return isName ? .name : .string
        }
    }

    private mutating func escapeByte(_ byte: UInt8, isName: Bool) throws {
        let replacement: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): replacement = byte
        case UInt8(ascii: "b"): replacement = 0x08
        case UInt8(ascii: "f"): replacement = 0x0C
        case UInt8(ascii: "n"): replacement = 0x0A
        case UInt8(ascii: "r"): replacement = 0x0D
        case UInt8(ascii: "t"): replacement = 0x09
        case UInt8(ascii: "u"):
            state = .unicode(isName: isName, digits: 0, value: 0)
            return
        default: throw malformed("an unknown escape")
        }
        append(CollectionOfOne(replacement))
        state = .string(isName: isName)
    }

    private mutating func unicodeByte(
        _ byte: UInt8, isName: Bool, digits: Int, value: UInt16
    ) throws {
        guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
            throw malformed("an unknown escape")
        }
        let value = value << 4 | UInt16(digit)
        guard digits == 3 else {
            state = .unicode(isName: isName, digits: digits + 1, value: value)
            return
        }
        // Nothing that is wanted here has characters beyond the first plane.
        let scalar = UnicodeScalar(value) ?? "\u{FFFD}"
        append(String(Character(scalar)).utf8)
        state = .string(isName: isName)
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    private mutating func append(wordByte byte: UInt8) throws {
        guard text.count < Self.longestWord else { throw malformed("a word is too long") }
        text.append(byte)
        textLength += 1
    }

    private mutating func endWord() throws -> Token {
        let word = String(decoding: text, as: UTF8.self)
        let isNumber = word.first.map { $0 == "-" || $0.isNumber } == true && Double(word) != nil
        guard isNumber || ["true", "false", "null"].contains(word) else {
            throw malformed("neither a number nor true, false or null")
        }
        state = .between
        endValue()
        return .word
    }
}
