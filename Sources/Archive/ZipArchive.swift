public import Basics

/// A zip file (APPNOTE.TXT of PKWARE, 6.3.10), read without being believed: every number in it is
/// checked, and whatever is wrong is an `ArchiveDamage`.
///
/// Reading blocks: not for the cooperative pool.
public final class ZipArchive: Sendable {
    /// In the order of the directory; no two have the same name or share a byte of the file.
    public let entries: [ZipEntry]
    let file: SeekableFile

    /// Archives of snapshots have two.
    private static let mostEntries = 1000
    /// In bytes: what the directory may need in memory.
    private static let longestDirectory = 1 << 20
    private static let localHeaderLength = 30
    private static let localSignature: UInt32 = 0x0403_4B50

    /// Whether it begins as zip files do that have an entry.
    public static func begins(_ file: SeekableFile) throws -> Bool {
        guard file.size >= 4 else { return false }
        var start = RecordCursor(try file.record(at: 0, count: 4))
        return try start.next(UInt32.self) == localSignature
    }

    /// Reads the directory.
    ///
    /// - Throws: `Fault` where it can't be read, `ArchiveDamage` where it is no whole zip file or
    ///   one beyond the limits.
    public init(_ file: SeekableFile) throws {
        self.file = file
        let end = try ZipEnd.find(in: file)
        guard end.count <= Self.mostEntries, end.size <= Self.longestDirectory else {
            throw ArchiveDamage(
                "its directory claims \(end.count) entries in \(end.size) bytes; at most"
                    + " \(Self.mostEntries) in \(Self.longestDirectory) are read")
        }
        guard end.offset <= end.start, end.size <= end.start - end.offset else {
            throw ArchiveDamage("its directory isn't where the end of the file says")
        }
        var directory = RecordCursor(try file.record(at: end.offset, count: end.size))
        var entries: [ZipEntry] = []
        for _ in 0..<end.count { entries.append(try ZipEntry(&directory)) }
        guard directory.isAtEnd else {
            throw ArchiveDamage("its directory has more than the \(end.count) entries it claims")
        }
        guard Set(entries.map(\.name)).count == entries.count else {
            throw ArchiveDamage("two entries have the same name")
        }
        self.entries = try Self.bounded(entries, end: end.offset)
    }

    /// Finds where each entry ends at the latest. Where two shared bytes, a small file could hold
    /// more than any disk.
    private static func bounded(
        _ entries: [ZipEntry], end: Int
    ) throws(ArchiveDamage) -> [ZipEntry] {
        var entries = entries
        var end = end
        for index in entries.indices.sorted(by: { entries[$0].offset > entries[$1].offset }) {
            let entry = entries[index]
            let header = localHeaderLength + entry.name.utf8.count
            guard entry.offset <= end, header <= end - entry.offset,
                entry.compressedSize <= end - entry.offset - header
            else {
                throw ArchiveDamage(
                    entry: entry.name, "it reaches into the next one, or beyond the end")
            }
            entries[index].end = end
            end = entry.offset
        }
        return entries
    }

    /// Where the data of an entry begins, after its local header (4.3.7), which must say the same
    /// as the directory.
    func dataOffset(of entry: ZipEntry) throws -> Int {
        var header = RecordCursor(
            try file.record(at: entry.offset, count: Self.localHeaderLength))
        guard try header.next(UInt32.self) == Self.localSignature else {
            throw ArchiveDamage(entry: entry.name, "it isn't where the directory says")
        }
        try header.skip(2)
        let flags = try header.next(UInt16.self)
        let method = try header.next(UInt16.self)
        try header.skip(4)
        let checksum = try header.next(UInt32.self)
        let sizes = [try header.next(UInt32.self), try header.next(UInt32.self)]
        let nameLength = Int(try header.next(UInt16.self))
        let extraLength = Int(try header.next(UInt16.self))
        let nameOffset = entry.offset + Self.localHeaderLength
        let name = try file.record(at: nameOffset, count: nameLength)
        let isSame =
            flags & ZipEntry.heededFlags == entry.flags & ZipEntry.heededFlags
            && method == entry.method && name.elementsEqual(entry.name.utf8)
        // All ones where a number stands in an extra field, which the directory has as well.
        let areSame = zip(sizes, [entry.compressedSize, entry.size])
            .allSatisfy { $0 == .max || Int($0) == $1 }
        guard isSame, entry.hasDescriptor || (areSame && checksum == entry.checksum) else {
            throw ArchiveDamage(
                entry: entry.name, "its own header says something else than the directory")
        }
        let offset = nameOffset + nameLength + extraLength
        guard offset <= entry.end, entry.compressedSize <= entry.end - offset else {
            throw ArchiveDamage(
                entry: entry.name, "it reaches into the next one, or beyond the end")
        }
        return offset
    }
}
