public import Basics
internal import CLibZ

extension ZipArchive {
    /// The most that is unpacked from one entry, in bytes: far more than the 8 GiB that etcd
    /// suggests at most for its database (`MaxQuotaBytes` in server/storage/quota.go).
    private static let greatestSize = 64 << 30

    /// Unpacks an entry; the memory needed doesn't depend on its length.
    ///
    /// - Parameters:
    ///   - file: gets what is unpacked added. After an error it has some of it, never more than the
    ///     entry's `size`.
    ///   - tick: is told the part that is done, from 0 to 1, now and then; what it throws ends it.
    /// - Throws: `ArchiveDamage` for an entry that isn't what the directory says, is encrypted,
    ///   packed in another way than Deflate, or greater than 64 GiB; `Fault` where it can't be read
    ///   or written.
    public func unpack(
        _ entry: ZipEntry, into file: NewFile, tick: (Double) throws -> Void = { _ in }
    ) throws {
        do {
            try refuse(entry)
            try stream(entry, into: file, tick)
        } catch let damage as ArchiveDamage where damage.entry == nil {
            throw ArchiveDamage(entry: entry.name, damage.reason)
        }
    }

    private func refuse(_ entry: ZipEntry) throws(ArchiveDamage) {
        guard !entry.isEncrypted else { throw ArchiveDamage("it is encrypted") }
        guard [ZipEntry.stored, ZipEntry.deflated].contains(entry.method) else {
            throw ArchiveDamage(
                "it is packed by method \(entry.method); only Deflate (8) and none (0) are known")
        }
        guard entry.size <= Self.greatestSize else {
            throw ArchiveDamage(
                "it claims to be \(entry.size) bytes long; at most \(Self.greatestSize) are read")
        }
        guard entry.method == ZipEntry.deflated || entry.size == entry.compressedSize else {
            throw ArchiveDamage("its two sizes differ, though it isn't packed")
        }
    }

    private func stream(
        _ entry: ZipEntry, into target: NewFile, _ tick: (Double) throws -> Void
    ) throws {
        let start = try dataOffset(of: entry)
        let inflater = entry.method == ZipEntry.deflated ? try Inflater() : nil
        var sink = Sink(entry, target)
        let buffer = WipedBuffer(count: 1 << 18)
        defer { extendLifetime(buffer) }
        var done = 0
        while done < entry.compressedSize {
            let room = min(buffer.bytes.count, entry.compressedSize - done)
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<room])
            guard try file.read(at: start + done, into: piece) == room else {
                throw ArchiveDamage("the file was cut short while it was read")
            }
            if let inflater {
                try inflater.take(UnsafeRawBufferPointer(piece)) { try sink.take($0) }
            } else {
                try sink.take(UnsafeRawBufferPointer(piece))
            }
            done += room
            try tick(Double(done) / Double(entry.compressedSize))
        }
        guard inflater?.isAtEnd != false else {
            throw ArchiveDamage("what is packed ends too early")
        }
        try sink.finish()
    }

    /// Where unpacked bytes go, counted and checked.
    private struct Sink {
        private let entry: ZipEntry
        private let file: NewFile
        private var count = 0
        private var checksum: uLong = 0

        init(_ entry: ZipEntry, _ file: NewFile) { (self.entry, self.file) = (entry, file) }

        mutating func take(_ bytes: UnsafeRawBufferPointer) throws {
            guard bytes.count <= entry.size - count else {
                throw ArchiveDamage(
                    "more comes out of it than the \(entry.size) bytes that it claims")
            }
            count += bytes.count
            checksum = crc32_z(
                checksum, bytes.baseAddress?.assumingMemoryBound(to: Bytef.self), bytes.count)
            try file.write(bytes)
        }

        func finish() throws(ArchiveDamage) {
            guard count == entry.size else {
                throw ArchiveDamage(
                    "only \(count) bytes come out of it, not the \(entry.size) that it claims")
            }
            guard checksum == entry.checksum else {
                throw ArchiveDamage("it was altered: its CRC-32 is another")
            }
        }
    }
}
