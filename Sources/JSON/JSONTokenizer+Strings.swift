internal import Glibc

extension JSONTokenizer {
    /// Passes over ordinary characters, which are nearly all there is.
    mutating func takeRun(of bytes: UnsafeRawBufferPointer, at index: inout Int) {
        let end = bytes.endOfStringRun(from: index)
        guard end > index else { return }
        endSurrogate()
        append(UnsafeRawBufferPointer(rebasing: bytes[index..<end]))
        offset += end - index
        index = end
    }

    mutating func stringByte(_ byte: UInt8) throws(JSONMalformed) -> Token? {
        switch byte {
        case UInt8(ascii: "\\"):
            state = .escape
            return nil
        case UInt8(ascii: "\""):
            endSurrogate()
            let isName = expectation == .name || expectation == .nameOrEnd
            endValue()
            if isName { expectation = .colon }
            return isName ? .name : .string
        default: throw malformed("a control character in a string")
        }
    }

    mutating func escapeByte(_ byte: UInt8) throws(JSONMalformed) {
        let plain: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = byte
        case UInt8(ascii: "b"): plain = 0x08
        case UInt8(ascii: "f"): plain = 0x0C
        case UInt8(ascii: "n"): plain = 0x0A
        case UInt8(ascii: "r"): plain = 0x0D
        case UInt8(ascii: "t"): plain = 0x09
        case UInt8(ascii: "u"):
            (state, codeUnit, digits) = (.unicode, 0, 0)
            return
        default: throw malformed("an unknown escape")
        }
        endSurrogate()
        append(plain)
        state = .string
    }

    mutating func unicodeByte(_ byte: UInt8) throws(JSONMalformed) {
        guard let digit = Self.hexadecimal(byte) else {
            throw malformed("four hexadecimal digits are expected")
        }
        codeUnit = codeUnit << 4 | digit
        digits += 1
        guard digits == 4 else { return }
        state = .string
        switch codeUnit {
        case 0xD800..<0xDC00:
            endSurrogate()
            highSurrogate = codeUnit
        case 0xDC00..<0xE000 where highSurrogate != 0:
            append(scalar: 0x10000 + (highSurrogate - 0xD800) << 10 + (codeUnit - 0xDC00))
            highSurrogate = 0
        default:
            endSurrogate()
            append(scalar: codeUnit)
        }
    }

    /// Says that no second half follows.
    private mutating func endSurrogate() {
        guard highSurrogate != 0 else { return }
        append(scalar: highSurrogate)
        highSurrogate = 0
    }

    private mutating func append(scalar: UInt32) {
        for unit in UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}") ?? .init() { append(unit) }
    }

    mutating func append(_ byte: UInt8) {
        textLength += 1
        if text.count < kept { text.appendWiping(CollectionOfOne(byte)) }
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        textLength += bytes.count
        if text.count < kept { text.appendWiping(bytes.prefix(kept - text.count)) }
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The first quote, backslash or control character; the end where there is none.
    fileprivate func endOfStringRun(from start: Int) -> Int {
        guard let base = baseAddress else { return start }
        let short = Swift.min(count, start + 32)
        var end = start
        while end < short {
            let byte = base.load(fromByteOffset: end, as: UInt8.self)
            if byte.endsStringRun { return end }
            end += 1
        }
        return end < count ? endOfLongRun(base, from: end) : end
    }

    /// memchr(3), and a loop that the compiler makes vector instructions of: of values of
    /// megabytes nobody wants more than the beginning.
    private func endOfLongRun(_ base: UnsafeRawPointer, from start: Int) -> Int {
        var length = count - start
        for mark in [UInt8(ascii: "\""), UInt8(ascii: "\\")] {
            if let found = memchr(base + start, Int32(mark), length) {
                length = (base + start).distance(to: UnsafeRawPointer(found))
            }
        }
        var least = UInt8.max
        for byte in UnsafeRawBufferPointer(start: base + start, count: length) {
            least = Swift.min(least, byte)
        }
        guard least < 0x20 else { return start + length }
        return self[start...].firstIndex { $0.endsStringRun } ?? count
    }
}

extension UInt8 {
    /// With one bit turned, the quote and the control characters are the 33 smallest bytes.
    fileprivate var endsStringRun: Bool { self ^ 0x02 <= 0x20 || self == UInt8(ascii: "\\") }
}
