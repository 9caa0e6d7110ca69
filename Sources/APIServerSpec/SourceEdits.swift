internal import Basics

/// Changes to be made to a text at once.
struct SourceEdits {
    let lines: SourceLines
    private var replacements: [(range: Range<Int>, text: String)] = []
    /// Whole lines to go, their endings included.
    private var deletedLines: [Range<Int>] = []

    init(_ contents: SecretBytes) { lines = SourceLines(contents: contents) }

    mutating func insert(_ text: String, at offset: Int) { replace(offset..<offset, by: text) }

    mutating func delete(_ range: Range<Int>) { replace(range, by: "") }

    mutating func replace(_ range: Range<Int>, by text: String) {
        replacements.append((range, text))
    }

    /// New lines after the one in which `offset` lies, or before it where it's the line's start.
    /// They end as their neighbour does.
    mutating func insertLines(_ new: [String], after offset: Int) {
        if offset > 0, lines.isLineStart(offset) {
            let ending = lines.text(lines.ending(before: offset))
            return insert(new.map { $0 + ending }.joined(), at: offset)
        }
        let end = lines.lineEnd(of: offset)
        guard end.text == end.ending else {
            let ending = lines.text(end.text..<end.ending)
            return insert(new.map { $0 + ending }.joined(), at: end.ending)
        }
        let before = lines.text(lines.ending(before: lines.lineStart(of: offset)))
        let ending = before.isEmpty ? "\n" : before
        insert(new.map { ending + $0 }.joined(), at: end.ending)
    }

    /// Takes away all the lines that the range touches.
    mutating func deleteLines(touching range: Range<Int>) {
        let start = lines.lineStart(of: range.lowerBound)
        let endsAtLineStart = range.upperBound > start && lines.isLineStart(range.upperBound)
        let end = endsAtLineStart ? range.upperBound : lines.lineEnd(of: range.upperBound).ending
        deletedLines.append(start..<end)
    }

    var isEmpty: Bool { replacements.isEmpty && deletedLines.isEmpty }

    /// - Returns: nil where two changes overlap.
    func applied() -> SecretBytes? {
        let deletions = joinedDeletions().map { (range: $0, text: "") }
        // Sorting is stable: several texts at one place stay in their order.
        let edits = (replacements + deletions).sorted { $0.range.lowerBound < $1.range.lowerBound }
        for (edit, next) in zip(edits, edits.dropFirst())
        where edit.range.upperBound > next.range.lowerBound {
            return nil
        }
        let added = edits.reduce(0) { $0 + $1.text.utf8.count - $1.range.count }
        return lines.contents.withUnsafeBytes { old in
            SecretBytes(count: old.count + added) { new in
                var (from, to) = (0, 0)
                func copy(_ bytes: some Collection<UInt8>) {
                    new[to...].copyBytes(from: bytes)
                    to += bytes.count
                }
                for edit in edits {
                    copy(old[from..<edit.range.lowerBound])
                    copy(edit.text.utf8)
                    from = edit.range.upperBound
                }
                copy(old[from...])
            }
        }
    }

    /// Where the last line goes and had no ending, the one before it loses its own: so lines that
    /// were added at the end of such a file leave it as it was.
    private func joinedDeletions() -> [Range<Int>] {
        var joined: [Range<Int>] = []
        for range in deletedLines.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, range.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        if let last = joined.last, last.upperBound == lines.count, !lines.isLineStart(lines.count) {
            joined[joined.count - 1] =
                lines.ending(before: last.lowerBound).lowerBound..<last.upperBound
        }
        return joined
    }
}
