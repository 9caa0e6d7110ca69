internal import Basics

/// The bytes of a text file, looked at line by line.
struct SourceLines {
    let contents: SecretBytes

    private static let space = UInt8(ascii: " ")
    private static let tab = UInt8(ascii: "\t")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    var count: Int { contents.count }

    subscript(offset: Int) -> UInt8? {
        contents.withUnsafeBytes { $0.indices.contains(offset) ? $0[offset] : nil }
    }

    func text(_ range: Range<Int>) -> String {
        contents.withUnsafeBytes {
            String(decoding: $0[range.clamped(to: 0..<count)], as: UTF8.self)
        }
    }

    /// Where the line begins in which `offset` lies.
    func lineStart(of offset: Int) -> Int {
        contents.withUnsafeBytes { bytes in
            bytes[..<offset].lastIndex { Self.isBreak($0) }.map { $0 + 1 } ?? 0
        }
    }

    /// Where the line ends in which `offset` lies: its text, and all of it.
    func lineEnd(of offset: Int) -> (text: Int, ending: Int) {
        contents.withUnsafeBytes { bytes in
            guard let end = bytes[offset...].firstIndex(where: Self.isBreak) else {
                return (bytes.count, bytes.count)
            }
            let isPair =
                bytes[end] == Self.carriageReturn && end + 1 < bytes.count
                && bytes[end + 1] == Self.newline
            return (end, end + (isPair ? 2 : 1))
        }
    }

    /// The line ending that stands just before a line's start; empty at the very beginning.
    func ending(before lineStart: Int) -> Range<Int> {
        guard lineStart > 0, let last = self[lineStart - 1], Self.isBreak(last) else {
            return lineStart..<lineStart
        }
        let isPair = last == Self.newline && self[lineStart - 2] == Self.carriageReturn
        return lineStart - (isPair ? 2 : 1)..<lineStart
    }

    func isLineStart(_ offset: Int) -> Bool { lineStart(of: offset) == offset }

    func isBlank(_ range: Range<Int>) -> Bool {
        skipBlanks(from: range.lowerBound) >= range.upperBound
    }

    /// Whether the rest of the line is blanks or a comment.
    func isSpare(from offset: Int) -> Bool {
        let next = skipBlanks(from: offset)
        guard next < lineEnd(of: offset).text else { return true }
        return self[next] == UInt8(ascii: "#")
    }

    func skipBlanks(from offset: Int) -> Int {
        contents.withUnsafeBytes { bytes in
            bytes[min(offset, bytes.count)...]
                .firstIndex { $0 != Self.space && $0 != Self.tab } ?? bytes.count
        }
    }

    /// The first byte from `offset` on that is no blank, line ending or comment.
    func nextToken(from offset: Int) -> Int {
        var position = offset
        while position < count {
            position = skipBlanks(from: position)
            guard let byte = self[position] else { break }
            if byte == UInt8(ascii: "#") {
                position = lineEnd(of: position).text
            } else if Self.isBreak(byte) {
                position += 1
            } else {
                break
            }
        }
        return position
    }

    private static func isBreak(_ byte: UInt8) -> Bool { byte == newline || byte == carriageReturn }
}
