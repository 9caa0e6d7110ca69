// MARK: - Strings

extension JSONScanner {
    mutating func openString() throws {
        switch expectation {
        case .key, .firstKeyOrEnd:
            isWanted = selection.isObject(stack.last?.node ?? JSONSelection.unwanted)
            token = .string(isKey: true)
        case .value, .firstValueOrEnd:
            isWanted = selection.isCopied(node)
            token = .string(isKey: false)
        default: throw malformed("unexpected string")
        }
        tokenStart = offset + 1
        text.removeAll(keepingCapacity: true)
        highSurrogate = nil
    }

    /// Passes over ordinary characters, which are nearly all there is, and returns where the first
    /// other one stands.
    mutating func stringRun(
        in bytes: UnsafeRawBufferPointer, from start: Int
    ) throws -> Int {
        var end = start
        while end < bytes.count {
            let byte = bytes[end]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
            end += 1
        }
        if isWanted, end > start {
            guard text.count + (end - start) <= scalarLimit else {
                throw malformed("a value is too long")
            }
            try endSurrogate()
            text.append(contentsOf: bytes[start..<end])
        }
        return end
    }

    mutating func stringByte(_ byte: UInt8, isKey: Bool, _ receive: Receiver) throws {
        switch byte {
        case UInt8(ascii: "\\"): token = .escape(isKey: isKey)
        case UInt8(ascii: "\""): try endString(isKey: isKey, receive)
        default: throw malformed("control character in a string")
        }
    }

    mutating func endString(isKey: Bool, _ receive: Receiver) throws {
        try endSurrogate()
        token = .none
        if isKey {
            expectation = .colon
            node =
                isWanted
                ? selection.child(of: stack.last?.node ?? JSONSelection.unwanted, named: text)
                : JSONSelection.unwanted
        } else {
            if let slot = selection.slot(of: node) {
                try receive(Finding(slot: slot, text: text, range: tokenStart..<offset))
            }
            try endValue(receive)
        }
    }

    mutating func escapeByte(_ byte: UInt8, isKey: Bool) throws {
        if byte == UInt8(ascii: "u") {
            token = .unicode(isKey: isKey, digits: 0, value: 0)
            return
        }
        let plain: UInt8 =
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
            case UInt8(ascii: "b"): 0x08
            case UInt8(ascii: "f"): 0x0C
            case UInt8(ascii: "n"): 0x0A
            case UInt8(ascii: "r"): 0x0D
            case UInt8(ascii: "t"): 0x09
            default: throw malformed("unknown escape in a string")
            }
        token = .string(isKey: isKey)
        try endSurrogate()
        if isWanted { text.append(plain) }
    }

    mutating func unicodeByte(
        _ byte: UInt8, isKey: Bool, digits: Int, value: UInt32
    ) throws {
        guard let digit = Self.hexadecimal(byte) else { throw malformed("bad \\u escape") }
        let value = value << 4 | digit
        guard digits == 3 else {
            token = .unicode(isKey: isKey, digits: digits + 1, value: value)
            return
        }
        token = .string(isKey: isKey)
        switch value {
        case 0xD800..<0xDC00:
            try endSurrogate()
            highSurrogate = value
        case 0xDC00..<0xE000:
            guard let high = highSurrogate else { throw malformed("half a surrogate pair") }
            highSurrogate = nil
            append(0x10000 + (high - 0xD800) << 10 + (value - 0xDC00))
        default:
            try endSurrogate()
            append(value)
        }
    }

    /// A high surrogate must be followed by a low one.
    func endSurrogate() throws {
        if highSurrogate != nil { throw malformed("half a surrogate pair") }
    }

    mutating func append(_ scalar: UInt32) {
        guard isWanted, let scalar = Unicode.Scalar(scalar) else { return }
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
