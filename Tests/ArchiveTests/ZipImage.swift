import Foundation

/// Builds zip files record by record, right or wrong.
struct ZipImage: Sendable {
    /// One entry: what its local header says, its data, and what the directory says.
    struct Entry: Sendable {
        var name: String
        let contents: [UInt8]
        /// As it lies in the file.
        var packed: [UInt8]
        var method: UInt16 = 0
        /// As Go's archive/zip writes it: the numbers follow the data.
        var flags: UInt16 = 8
        var localName: String
        var localChecksum: UInt32 = 0
        var localExtra: [UInt8] = timestamp
        var checksum: UInt32
        var size: UInt32
        var packedSize: UInt32
        /// Nil is where it is.
        var offset: UInt32?
        var extra: [UInt8] = timestamp

        /// Go's extra field of the time of modification.
        static let timestamp: [UInt8] = [0x55, 0x54, 5, 0, 1, 0, 0, 0, 0]

        static func stored(_ name: String, _ contents: [UInt8]) -> Entry {
            Entry(name, contents, packed: contents, method: 0)
        }

        /// Deflate in blocks that aren't compressed (RFC 1951, 3.2.4): valid, and needs no library.
        static func deflated(_ name: String, _ contents: [UInt8]) -> Entry {
            var packed: [UInt8] = []
            var rest = contents[...]
            repeat {
                let block = rest.prefix(0xFFFF)
                rest = rest.dropFirst(block.count)
                let count = UInt16(block.count)
                packed += [rest.isEmpty ? 1 : 0] + number(count) + number(~count) + block
            } while !rest.isEmpty
            return Entry(name, contents, packed: packed, method: 8)
        }

        /// Deflate as it comes in the world, by whoever made it.
        static func packed(_ name: String, _ contents: [UInt8], as packed: [UInt8]) -> Entry {
            Entry(name, contents, packed: packed, method: 8)
        }

        private init(_ name: String, _ contents: [UInt8], packed: [UInt8], method: UInt16) {
            (self.name, localName) = (name, name)
            (self.contents, self.packed, self.method) = (contents, packed, method)
            checksum = checksumOf(contents)
            (size, packedSize) = (UInt32(contents.count), UInt32(packed.count))
        }

        func with(_ change: (inout Entry) -> Void) -> Entry {
            var entry = self
            change(&entry)
            return entry
        }
    }

    var entries: [Entry]
    /// Nil is what is true.
    var count: UInt16?
    var directorySize: UInt32?
    var directoryOffset: UInt32?
    var comment: [UInt8] = []
    /// With the numbers of the end in zip64's records, and all ones in the other.
    var isZip64 = false

    init(_ entries: [Entry]) { self.entries = entries }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            directory += Self.directoryRecord(entry, at: bytes.count)
            bytes += Self.local(entry)
        }
        let start = bytes.count
        return bytes + directory + end(start: start, directory: directory.count)
    }

    private static func local(_ entry: Entry) -> [UInt8] {
        let hasDescriptor = entry.flags & 8 != 0
        var bytes = number(UInt32(0x0403_4B50)) + number(UInt16(20)) + number(entry.flags)
        bytes += number(entry.method) + number(UInt32(0))
        bytes += number(hasDescriptor ? entry.localChecksum : entry.checksum)
        bytes += number(hasDescriptor ? 0 : entry.packedSize)
        bytes += number(hasDescriptor ? 0 : entry.size)
        bytes += number(UInt16(entry.localName.utf8.count))
        bytes += number(UInt16(entry.localExtra.count)) + Array(entry.localName.utf8)
        bytes += entry.localExtra + entry.packed
        guard hasDescriptor else { return bytes }
        return bytes + number(UInt32(0x0807_4B50)) + number(entry.checksum)
            + number(entry.packedSize) + number(entry.size)
    }

    private static func directoryRecord(_ entry: Entry, at offset: Int) -> [UInt8] {
        var bytes = number(UInt32(0x0201_4B50)) + number(UInt16(20)) + number(UInt16(20))
        bytes += number(entry.flags) + number(entry.method) + number(UInt32(0))
        bytes += number(entry.checksum) + number(entry.packedSize) + number(entry.size)
        bytes += number(UInt16(entry.name.utf8.count)) + number(UInt16(entry.extra.count))
        bytes += [UInt8](repeating: 0, count: 10)
        bytes += number(entry.offset ?? UInt32(offset))
        return bytes + Array(entry.name.utf8) + entry.extra
    }

    private func end(start: Int, directory: Int) -> [UInt8] {
        let count = count ?? UInt16(entries.count)
        let size = directorySize ?? UInt32(directory)
        let offset = directoryOffset ?? UInt32(start)
        var bytes: [UInt8] = []
        if isZip64 {
            bytes += number(UInt32(0x0606_4B50)) + number(UInt64(44)) + number(UInt32(0x2D_002D))
            bytes += number(UInt64(0)) + number(UInt64(count)) + number(UInt64(count))
            bytes += number(UInt64(size)) + number(UInt64(offset))
            bytes += number(UInt32(0x0706_4B50)) + number(UInt32(0))
            bytes += number(UInt64(start + directory)) + number(UInt32(1))
        }
        bytes += number(UInt32(0x0605_4B50)) + number(UInt32(0))
        bytes += number(isZip64 ? .max : count) + number(isZip64 ? .max : count)
        bytes += number(isZip64 ? .max : size) + number(isZip64 ? .max : offset)
        return bytes + number(UInt16(comment.count)) + comment
    }
}

func number(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian, Array.init)
}

/// CRC-32, bit by bit.
private func checksumOf(_ bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
        sum ^= UInt32(byte)
        for _ in 0..<8 { sum = (sum >> 1) ^ (sum & 1 == 0 ? 0 : 0xEDB8_8320) }
    }
    return ~sum
}
