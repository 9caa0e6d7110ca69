extension JSONTokenizer {
    mutating func structureByte(_ byte: UInt8) throws(JSONMalformed) -> Token? {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
        case UInt8(ascii: "\""):
            let isName = expectation == .name || expectation == .nameOrEnd
            try openScalar(.string, isAllowed: isName || isValueExpected)
        case UInt8(ascii: ":"):
            guard expectation == .colon else { throw unexpected() }
            expectation = .value
        case UInt8(ascii: ","):
            guard expectation == .commaOrEnd, let isObject = isObject.last else {
                throw unexpected()
            }
            expectation = isObject ? .name : .value
        case UInt8(ascii: "{"): return try open(.objectStart, then: .nameOrEnd)
        case UInt8(ascii: "}"): return try close(.objectEnd, empty: .nameOrEnd)
        case UInt8(ascii: "["): return try open(.arrayStart, then: .valueOrEnd)
        case UInt8(ascii: "]"): return try close(.arrayEnd, empty: .valueOrEnd)
        case UInt8(ascii: "t"): try openLiteral("true", byte)
        case UInt8(ascii: "f"): try openLiteral("false", byte)
        case UInt8(ascii: "n"): try openLiteral("null", byte)
        default:
            guard let part = JSONNumber.first(byte) else { throw unexpected() }
            try openScalar(.number, isAllowed: isValueExpected)
            numberPart = part
            append(byte)
        }
        return nil
    }

    private var isValueExpected: Bool { expectation == .value || expectation == .valueOrEnd }

    private mutating func openScalar(
        _ state: State, isAllowed: Bool
    ) throws(JSONMalformed) {
        guard isAllowed else { throw unexpected() }
        wipe()
        start = offset
        isNull = false
        self.state = state
    }

    private mutating func open(
        _ token: Token, then next: Expectation
    ) throws(JSONMalformed) -> Token {
        guard isValueExpected else { throw unexpected() }
        guard depth < Self.greatestDepth else { throw malformed("nested too deep") }
        start = offset
        isObject.append(token == .objectStart)
        expectation = next
        return token
    }

    private mutating func close(
        _ token: Token, empty: Expectation
    ) throws(JSONMalformed) -> Token {
        guard expectation == .commaOrEnd || expectation == empty,
            isObject.last == (token == .objectEnd)
        else { throw unexpected() }
        start = offset
        isObject.removeLast()
        endValue()
        return token
    }

    mutating func endValue() {
        state = .between
        expectation = isObject.isEmpty ? .nothing : .commaOrEnd
    }

    private mutating func unexpected() -> JSONMalformed {
        let reason =
            switch expectation {
            case .value, .valueOrEnd: "a value is expected"
            case .name, .nameOrEnd: "a member's name is expected"
            case .colon: "a colon is expected"
            case .commaOrEnd where isObject.last == true:
                "a comma or a closing brace is expected"
            case .commaOrEnd: "a comma or a closing bracket is expected"
            case .nothing: "something follows the end"
            }
        return malformed(reason)
    }
}

// MARK: - true, false, null

extension JSONTokenizer {
    private mutating func openLiteral(
        _ word: StaticString, _ byte: UInt8
    ) throws(JSONMalformed) {
        try openScalar(.literal, isAllowed: isValueExpected)
        (literal, matched) = (word, 1)
        append(byte)
    }

    mutating func literalByte(_ byte: UInt8) throws(JSONMalformed) -> Token? {
        guard literal.utf8Start[matched] == byte else { throw malformed("a value is expected") }
        append(byte)
        matched += 1
        guard matched == literal.utf8CodeUnitCount else { return nil }
        isNull = literal.utf8Start[0] == UInt8(ascii: "n")
        endValue()
        return .word
    }
}

// MARK: - Numbers

extension JSONTokenizer {
    /// - Returns: the token if the number ends before the byte, which isn't taken then.
    mutating func numberByte(
        _ byte: UInt8
    ) throws(JSONMalformed) -> (Token?, isTaken: Bool) {
        if let next = JSONNumber.part(after: numberPart, byte) {
            guard textLength < Self.longestNumber else { throw malformed("a number is too long") }
            append(byte)
            numberPart = next
            return (nil, true)
        }
        guard numberPart.mayEnd else { throw malformed("a digit is expected") }
        return (endNumber(), false)
    }

    mutating func endNumber() -> Token {
        endValue()
        return .word
    }
}

/// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
enum JSONNumber {
    enum Part: Sendable {
        case minus, zero, whole, point, fraction, mark, sign, exponent

        var mayEnd: Bool {
            switch self {
            case .zero, .whole, .fraction, .exponent: true
            case .minus, .point, .mark, .sign: false
            }
        }
    }

    static func first(_ byte: UInt8) -> Part? {
        byte == UInt8(ascii: "-") ? .minus : part(after: .minus, byte)
    }

    /// The part that a byte belongs to; nil where the number ends before it or is none.
    static func part(after part: Part, _ byte: UInt8) -> Part? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            switch part {
            case .minus: byte == UInt8(ascii: "0") ? .zero : .whole
            case .zero: nil
            case .whole: .whole
            case .point, .fraction: .fraction
            case .mark, .sign, .exponent: .exponent
            }
        case UInt8(ascii: "."): part == .zero || part == .whole ? .point : nil
        case UInt8(ascii: "e"), UInt8(ascii: "E"):
            part == .zero || part == .whole || part == .fraction ? .mark : nil
        case UInt8(ascii: "+"), UInt8(ascii: "-"): part == .mark ? .sign : nil
        default: nil
        }
    }
}
