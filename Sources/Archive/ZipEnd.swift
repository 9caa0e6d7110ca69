internal import Basics

/// What the end of a zip file says of its central directory (APPNOTE.TXT of PKWARE, 4.3.14 to
/// 4.3.16).
struct ZipEnd {
    /// Where the directory begins, in bytes from the file's start.
    let offset: Int
    /// In bytes; not believed to fit.
    let size: Int
    let count: Int
    /// Where the records begin that end the file; the directory lies before.
    let start: Int

    private static let length = 22
    private static let locatorLength = 20
    private static let zip64Length = 56
    private static let signature: UInt32 = 0x0605_4B50
    private static let locatorSignature: UInt32 = 0x0706_4B50
    private static let zip64Signature: UInt32 = 0x0606_4B50

    static func find(in file: SeekableFile) throws -> ZipEnd {
        let place = try place(in: file)
        var record = RecordCursor(try file.record(at: place, count: length))
        try record.skip(4)
        let disks = [try record.next(UInt16.self), try record.next(UInt16.self)]
        let countHere = try record.next(UInt16.self)
        let count = try record.next(UInt16.self)
        let size = try record.next(UInt32.self)
        let offset = try record.next(UInt32.self)
        // What doesn't fit is all ones, and stands in another record before this one.
        if count == .max || size == .max || offset == .max,
            let large = try zip64(before: place, in: file)
        {
            return large
        }
        guard disks == [0, 0], countHere == count else { throw inParts }
        return ZipEnd(offset: Int(offset), size: Int(size), count: Int(count), start: place)
    }

    /// Nil where there is no such record, and the numbers just look like it.
    private static func zip64(before end: Int, in file: SeekableFile) throws -> ZipEnd? {
        guard end >= locatorLength else { return nil }
        let place = end - locatorLength
        var locator = RecordCursor(try file.record(at: place, count: locatorLength))
        guard try locator.next(UInt32.self) == locatorSignature else { return nil }
        guard try locator.next(UInt32.self) == 0 else { throw inParts }
        let start = Int(clamping: try locator.next(UInt64.self))
        guard place >= zip64Length, start <= place - zip64Length else { throw misplaced }
        var record = RecordCursor(try file.record(at: start, count: zip64Length))
        guard try record.next(UInt32.self) == zip64Signature else { throw misplaced }
        // Its length and two versions.
        try record.skip(12)
        let disks = [try record.next(UInt32.self), try record.next(UInt32.self)]
        let countHere = try record.next(UInt64.self)
        let count = try record.next(UInt64.self)
        let size = try record.next(UInt64.self)
        let offset = try record.next(UInt64.self)
        guard disks == [0, 0], countHere == count else { throw inParts }
        return ZipEnd(
            offset: Int(clamping: offset), size: Int(clamping: size), count: Int(clamping: count),
            start: start)
    }

    private static var inParts: ArchiveDamage { ArchiveDamage("it is one of several parts") }

    private static var misplaced: ArchiveDamage {
        ArchiveDamage("its zip64 record isn't where it should be")
    }

    /// A comment of any length may follow, which may look like anything: the last record counts
    /// whose comment ends with the file.
    private static func place(in file: SeekableFile) throws -> Int {
        let start = max(0, file.size - length - Int(UInt16.max))
        let tail = try file.record(at: start, count: file.size - start)
        var place = tail.count - length
        while place >= 0 {
            if tail[place] == 0x50 {
                var record = RecordCursor(tail[place...])
                let isSigned = try record.next(UInt32.self) == signature
                try record.skip(length - 6)
                let comment = Int(try record.next(UInt16.self))
                if isSigned, place + length + comment == tail.count { return start + place }
            }
            place -= 1
        }
        throw ArchiveDamage(
            "it has no directory at its end: it was cut short, or is no zip file")
    }
}
