internal import Basics

/// Checks that bytes are one JSON value (RFC 8259), without building anything, and tells where
/// its members lie.
///
/// Decoding and encoding would change what others wrote (number formats, escapes, order, white
/// space); so the state file is changed by replacing ranges of its bytes.
struct JSONScanner {
    /// RKE's file is some ten levels deep.
    static let deepest = 128

    struct Member {
        let name: String
        /// The value, without white space around it.
        let value: Range<Int>
        /// From the opening quote of the name.
        let start: Int
    }

    /// Where and why it isn't JSON.
    struct Mistake: Error {
        let offset: Int
        let reason: String
        /// The bytes end in the middle of something.
        let isTruncated: Bool
    }

    private let bytes: UnsafeRawBufferPointer
    private var offset: Int
    private let end: Int

    /// - Parameter range: of one value; all of `bytes` by default.
    init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>? = nil) {
        self.bytes = bytes
        offset = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
    }

    /// Checks that there is one value and nothing else.
    mutating func checkDocument() throws(Mistake) {
        skipSpace()
        try skipValue(depth: 0)
        skipSpace()
        guard offset == end else { throw mistake("something follows the end") }
    }

    /// The members of the object that begins here; nil where it's no object.
    mutating func members() throws(Mistake) -> [Member]? {
        skipSpace()
        guard peek() == UInt8(ascii: "{") else { return nil }
        var members: [Member] = []
        try forEachMember(depth: 0) { scanner, start, name throws(Mistake) in
            let valueStart = scanner.offset
            try scanner.skipValue(depth: 1)
            members.append(
                Member(
                    name: JSONText.decode(scanner.bytes, name).exposedText() ?? "",
                    value: valueStart..<scanner.offset, start: start))
        }
        return members
    }

    /// The elements of the array that begins here; nil where it's no array.
    mutating func elements() throws(Mistake) -> [Range<Int>]? {
        skipSpace()
        guard peek() == UInt8(ascii: "[") else { return nil }
        var elements: [Range<Int>] = []
        try forEachElement { scanner throws(Mistake) in
            let start = scanner.offset
            try scanner.skipValue(depth: 1)
            elements.append(start..<scanner.offset)
        }
        return elements
    }

    // MARK: Grammar

    private mutating func skipValue(depth: Int) throws(Mistake) {
        guard depth < Self.deepest else { throw mistake("nested too deep") }
        switch peek() {
        case UInt8(ascii: "{"):
            try forEachMember(depth: depth) { scanner, _, _ throws(Mistake) in
                try scanner.skipValue(depth: depth + 1)
            }
        case UInt8(ascii: "["):
            try forEachElement { scanner throws(Mistake) in
                try scanner.skipValue(depth: depth + 1)
            }
        case UInt8(ascii: "\""): _ = try skipString()
        case UInt8(ascii: "t"): try skipWord("true")
        case UInt8(ascii: "f"): try skipWord("false")
        case UInt8(ascii: "n"): try skipWord("null")
        case let byte? where byte == UInt8(ascii: "-") || Self.isDigit(byte): try skipNumber()
        default: throw mistake("a value is expected")
        }
    }

    private mutating func forEachMember(
        depth: Int,
        _ body: (inout JSONScanner, Int, Range<Int>) throws(Mistake) -> Void
    ) throws(Mistake) {
        offset += 1
        skipSpace()
        if skip("}") { return }
        while true {
            let start = offset
            guard peek() == UInt8(ascii: "\"") else { throw mistake("a member's name is expected") }
            let name = try skipString()
            skipSpace()
            guard skip(":") else { throw mistake("a colon is expected") }
            skipSpace()
            try body(&self, start, name)
            skipSpace()
            if skip("}") { return }
            guard skip(",") else { throw mistake("a comma or a closing brace is expected") }
            skipSpace()
        }
    }

    private mutating func forEachElement(
        _ body: (inout JSONScanner) throws(Mistake) -> Void
    ) throws(Mistake) {
        offset += 1
        skipSpace()
        if skip("]") { return }
        while true {
            try body(&self)
            skipSpace()
            if skip("]") { return }
            guard skip(",") else { throw mistake("a comma or a closing bracket is expected") }
            skipSpace()
        }
    }

    /// - Returns: what lies between the quotes.
    private mutating func skipString() throws(Mistake) -> Range<Int> {
        offset += 1
        let start = offset
        while let byte = peek() {
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return start..<offset - 1
            case UInt8(ascii: "\\"): try skipEscape()
            case ..<0x20:
                offset -= 1
                throw mistake("a control character in a string")
            default: continue
            }
        }
        throw mistake("the string doesn't end")
    }

    private mutating func skipEscape() throws(Mistake) {
        guard let byte = peek() else { throw mistake("the string doesn't end") }
        guard "\"\\/bfnrtu".utf8.contains(byte) else { throw mistake("an unknown escape") }
        offset += 1
        guard byte == UInt8(ascii: "u") else { return }
        for _ in 0..<4 {
            guard let digit = peek(), JSONText.hexValue(digit) != nil else {
                throw mistake("four hexadecimal digits are expected")
            }
            offset += 1
        }
    }

    private mutating func skipNumber() throws(Mistake) {
        _ = skip("-")
        if !skip("0") { try skipDigits() }
        if skip(".") { try skipDigits() }
        if skip("e") || skip("E") {
            if !skip("+") { _ = skip("-") }
            try skipDigits()
        }
    }

    private mutating func skipDigits() throws(Mistake) {
        let start = offset
        while let byte = peek(), Self.isDigit(byte) { offset += 1 }
        guard offset > start else { throw mistake("a digit is expected") }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private mutating func skipWord(_ word: StaticString) throws(Mistake) {
        for index in 0..<word.utf8CodeUnitCount {
            guard peek() == word.utf8Start[index] else { throw mistake("a value is expected") }
            offset += 1
        }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            offset += 1
        }
    }

    private func peek() -> UInt8? { offset < end ? bytes[offset] : nil }

    private func mistake(_ reason: String) -> Mistake {
        Mistake(offset: offset, reason: reason, isTruncated: offset >= end)
    }
}
