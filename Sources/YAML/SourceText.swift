internal import Basics

/// A source whose encoding has been checked, and how positions in it are told.
struct SourceText {
    /// How many bytes of a byte order mark come first; libyaml doesn't count them.
    let markLength: Int
    /// Where each character begins, after the mark; nil where all are one byte long.
    private let characterOffsets: [UInt32]?

    init(checking bytes: UnsafeRawBufferPointer, file: String) throws(Fault) {
        try Self.refuseOtherEncodings(bytes, file: file)
        markLength = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var cursor = Cursor(bytes: bytes, file: file, offset: markLength)
        var offsets: [UInt32]?
        while let character = try cursor.next() {
            if character.length > 1, offsets == nil {
                offsets = (markLength..<character.offset).map { UInt32(truncatingIfNeeded: $0) }
            }
            offsets?.append(UInt32(truncatingIfNeeded: character.offset))
        }
        offsets?.append(UInt32(truncatingIfNeeded: bytes.count))
        characterOffsets = offsets
    }

    /// The byte at which the character of this number (from 0, the mark not counted) begins.
    func offset(ofCharacter index: Int) -> Int {
        guard let characterOffsets else { return index + markLength }
        return Int(characterOffsets[min(max(index, 0), characterOffsets.count - 1)])
    }

    private static func refuseOtherEncodings(
        _ bytes: UnsafeRawBufferPointer, file: String
    ) throws(Fault) {
        let marks: [(name: String, bytes: [UInt8])] = [
            ("UTF-32", [0xFF, 0xFE, 0x00, 0x00]), ("UTF-32", [0x00, 0x00, 0xFE, 0xFF]),
            ("UTF-16", [0xFF, 0xFE]), ("UTF-16", [0xFE, 0xFF]),
        ]
        for mark in marks where bytes.starts(with: mark.bytes) {
            throw Fault(
                .badInput, "the file is encoded in \(mark.name), not in UTF-8",
                hint: "Save it as UTF-8.", place: .init(file: file, line: 1, column: 1))
        }
    }
}

/// Goes through UTF-8 character by character, and stops at what YAML doesn't allow.
private struct Cursor {
    let bytes: UnsafeRawBufferPointer
    let file: String
    var offset: Int
    var line = 1
    var column = 1

    struct Character {
        let offset: Int
        let length: Int
    }

    mutating func next() throws(Fault) -> Character? {
        guard offset < bytes.count else { return nil }
        let (value, length) = try decode()
        guard Self.isPrintable(value) else { throw notPrintable(value) }
        let character = Character(offset: offset, length: length)
        offset += length
        column += 1
        if value == 0x0A || value == 0x0D && !(offset < bytes.count && bytes[offset] == 0x0A) {
            line += 1
            column = 1
        }
        return character
    }

    private func decode() throws(Fault) -> (value: UInt32, length: Int) {
        let first = UInt32(bytes[offset])
        let (length, start, least): (Int, UInt32, UInt32) =
            switch first {
            case 0x00...0x7F: (1, first, 0)
            case 0xC2...0xDF: (2, first & 0x1F, 0x80)
            case 0xE0...0xEF: (3, first & 0x0F, 0x800)
            case 0xF0...0xF4: (4, first & 0x07, 0x1_0000)
            default: (0, 0, 0)
            }
        guard length > 0, offset + length <= bytes.count else { throw notUTF8() }
        var value = start
        for index in 1..<max(length, 1) {
            let byte = UInt32(bytes[offset + index])
            guard byte & 0xC0 == 0x80 else { throw notUTF8() }
            value = value << 6 | byte & 0x3F
        }
        guard value >= least, !(0xD800...0xDFFF).contains(value), value <= 0x10FFFF else {
            throw notUTF8()
        }
        return (value, length)
    }

    /// YAML 1.1, section 5.1.
    private static func isPrintable(_ value: UInt32) -> Bool {
        switch value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE,
            0xFF00...0xFFFD, 0x1_0000...0x10_FFFF:
            true
        default: false
        }
    }

    private var place: Fault.Place { .init(file: file, line: line, column: column) }

    private func notUTF8() -> Fault {
        Fault(
            .badInput,
            "the file is not valid UTF-8: the byte 0x\(hex(UInt32(bytes[offset]), 2)) "
                + "can't stand here",
            hint: "Save it as UTF-8.", place: place)
    }

    private func notPrintable(_ value: UInt32) -> Fault {
        Fault(
            .badInput, "the character U+\(hex(value, 4)) is not allowed in YAML",
            hint: "Remove it; in a double-quoted string it can be written as an escape.",
            place: place)
    }

    private func hex(_ value: UInt32, _ width: Int) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
