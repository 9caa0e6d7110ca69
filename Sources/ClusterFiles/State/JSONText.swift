internal import Basics

/// JSON's string syntax, for texts that may be secret.
enum JSONText {
    /// What a checked string says; `range` is what lies between its quotes.
    static func decode(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> SecretBytes {
        var length = 0
        let padded = SecretBytes(count: range.count) { target in
            var offset = range.lowerBound
            while offset < range.upperBound {
                let byte = bytes[offset]
                offset += 1
                guard byte == UInt8(ascii: "\\"), offset < range.upperBound else {
                    target[length] = byte
                    length += 1
                    continue
                }
                let escape = bytes[offset]
                offset += 1
                if escape == UInt8(ascii: "u") {
                    let scalar = self.scalar(bytes, at: &offset, before: range.upperBound)
                    for unit in Character(scalar).utf8 {
                        target[length] = unit
                        length += 1
                    }
                } else {
                    target[length] = control(escape)
                    length += 1
                }
            }
        }
        return padded.prefix(length)
    }

    /// The text with its quotes and escapes.
    static func encode(_ text: SecretBytes) -> SecretBytes {
        text.withUnsafeBytes { source in
            let length = source.reduce(2) { $0 + escapedLength($1) }
            return SecretBytes(count: length) { target in
                target[0] = UInt8(ascii: "\"")
                var offset = 1
                for byte in source { write(byte, to: target, at: &offset) }
                target[offset] = UInt8(ascii: "\"")
            }
        }
    }

    static func hexValue(_ digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(digit - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(digit - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    // MARK: Decoding

    private static func control(_ escape: UInt8) -> UInt8 {
        switch escape {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: escape
        }
    }

    /// Reads the digits after `\u`, and a second escape where the first is half a pair; half a
    /// pair alone becomes the replacement character, as Go has it.
    private static func scalar(
        _ bytes: UnsafeRawBufferPointer, at offset: inout Int, before end: Int
    ) -> Unicode.Scalar {
        let replacement: Unicode.Scalar = "\u{FFFD}"
        let first = unit(bytes, at: &offset, before: end)
        guard (0xD800...0xDBFF).contains(first) else {
            return Unicode.Scalar(first) ?? replacement
        }
        guard offset + 6 <= end, bytes[offset] == UInt8(ascii: "\\"),
            bytes[offset + 1] == UInt8(ascii: "u")
        else { return replacement }
        var next = offset + 2
        let second = unit(bytes, at: &next, before: end)
        guard (0xDC00...0xDFFF).contains(second) else { return replacement }
        offset = next
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? replacement
    }

    private static func unit(
        _ bytes: UnsafeRawBufferPointer, at offset: inout Int, before end: Int
    ) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 where offset < end {
            value = value << 4 | (hexValue(bytes[offset]) ?? 0)
            offset += 1
        }
        return value
    }

    // MARK: Encoding

    private static func escapedLength(_ byte: UInt8) -> Int {
        switch byte {
        case 0x0A, 0x0D, 0x09, UInt8(ascii: "\""), UInt8(ascii: "\\"): 2
        case ..<0x20: 6
        default: 1
        }
    }

    private static func write(
        _ byte: UInt8, to target: UnsafeMutableRawBufferPointer, at offset: inout Int
    ) {
        let escaped: [UInt8] =
            switch byte {
            case 0x0A: Array("\\n".utf8)
            case 0x0D: Array("\\r".utf8)
            case 0x09: Array("\\t".utf8)
            case UInt8(ascii: "\""): Array("\\\"".utf8)
            case UInt8(ascii: "\\"): Array("\\\\".utf8)
            case ..<0x20: Array("\\u00".utf8) + [hexDigit(byte >> 4), hexDigit(byte & 15)]
            default: [byte]
            }
        for unit in escaped {
            target[offset] = unit
            offset += 1
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
