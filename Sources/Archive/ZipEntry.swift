/// One file in an archive, as the central directory tells of it (APPNOTE.TXT of PKWARE, 4.3.12).
public struct ZipEntry: Sendable, Hashable {
    /// As it stands in the archive: may be anything, so never a path to write to.
    public let name: String
    /// Unpacked, in bytes. Unpacking fails where it isn't true.
    public let size: Int
    let compressedSize: Int
    /// CRC-32 of what is unpacked.
    let checksum: UInt32
    let method: UInt16
    let flags: UInt16
    /// Where its local header begins, in bytes from the file's start.
    let offset: Int
    /// Where the next thing begins in the file: nothing from there on is this entry's.
    var end = 0

    /// Folders have no contents.
    public var isFolder: Bool { name.hasSuffix("/") }
    var isEncrypted: Bool { flags & 1 != 0 }
    /// The sizes and the checksum aren't in the local header: they weren't known yet.
    var hasDescriptor: Bool { flags & 8 != 0 }

    static let heededFlags: UInt16 = 1 | 8
    static let stored: UInt16 = 0
    static let deflated: UInt16 = 8
    private static let signature: UInt32 = 0x0201_4B50
    /// As long as a path of Linux can be (`PATH_MAX`).
    private static let longestName = 4096

    /// Takes one record of the directory.
    init(_ record: inout RecordCursor) throws(ArchiveDamage) {
        guard try record.next(UInt32.self) == Self.signature else {
            throw ArchiveDamage("its directory has something else where an entry should be")
        }
        // The versions of who made it and of who can read it.
        try record.skip(4)
        flags = try record.next(UInt16.self)
        method = try record.next(UInt16.self)
        // When it was modified.
        try record.skip(4)
        checksum = try record.next(UInt32.self)
        let compressedSize = try record.next(UInt32.self)
        let size = try record.next(UInt32.self)
        let nameLength = try record.next(UInt16.self)
        let extraLength = try record.next(UInt16.self)
        let commentLength = try record.next(UInt16.self)
        // The part it is in, and attributes.
        try record.skip(8)
        let offset = try record.next(UInt32.self)
        name = try Self.name(try record.bytes(nameLength))
        var large = try Zip64Sizes(extra: try record.bytes(extraLength))
        try record.skip(Int(commentLength))
        // In this order, and only those that don't fit.
        self.size = try large.resolve(size)
        self.compressedSize = try large.resolve(compressedSize)
        self.offset = try large.resolve(offset)
    }

    private static func name(_ bytes: ArraySlice<UInt8>) throws(ArchiveDamage) -> String {
        guard (1...longestName).contains(bytes.count), !bytes.contains(0),
            let name = String(validating: bytes, as: UTF8.self)
        else { throw ArchiveDamage("an entry has a name that none can have") }
        return name
    }
}

/// The extra field 1 of an entry: numbers that don't fit into the record (4.5.3).
private struct Zip64Sizes {
    private var numbers = RecordCursor([])

    init(extra: ArraySlice<UInt8>) throws(ArchiveDamage) {
        var extra = RecordCursor(extra)
        while !extra.isAtEnd {
            let id = try extra.next(UInt16.self)
            let data = try extra.bytes(try extra.next(UInt16.self))
            if id == 1 {
                numbers = RecordCursor(data)
                return
            }
        }
    }

    mutating func resolve(_ number: UInt32) throws(ArchiveDamage) -> Int {
        guard number == .max, !numbers.isAtEnd else { return Int(number) }
        return Int(clamping: try numbers.next(UInt64.self))
    }
}
