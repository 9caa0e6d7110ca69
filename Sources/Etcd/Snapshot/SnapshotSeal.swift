internal import Basics
internal import Bolt
internal import Crypto

/// The hash that etcd appends to a snapshot: SHA-256 of all bytes before it. Pages are a multiple of
/// 512 bytes long, by which it is told whether there is one, as etcd itself does
/// (etcdutl/snapshot/v3_snapshot.go).
struct SnapshotSeal {
    let fileHash: SHA256Digest
    let seal: SnapshotContents.Seal
    /// How many bytes it takes.
    let trailer: Int

    private static let length = 32

    /// Reads the whole file.
    init(of file: SeekableFile, tick: (Double) throws -> Void) throws {
        switch file.size % 512 {
        case Self.length: trailer = Self.length
        case 0 where file.size > 0: trailer = 0
        default:
            throw BoltDamage(
                "it is \(file.size) bytes long, which no snapshot is: it was cut short, or isn't"
                    + " one (what gzip has packed must be unpacked first)")
        }
        let hash = SHA256()
        let bodyLength = file.size - trailer
        try Self.feed(hash, file, 0..<bodyLength, tick)
        let expected = hash.copy().finish().bytes
        var written = [UInt8](repeating: 0, count: trailer)
        let count = try written.withUnsafeMutableBytes { try file.read(at: bodyLength, into: $0) }
        guard count == trailer else { throw Self.shortened }
        written.withUnsafeBytes { hash.update($0) }
        fileHash = hash.finish()
        guard trailer == 0 || written == expected else {
            throw BoltDamage(
                "it isn't as etcd wrote it: it was altered, for its SHA-256 is another than the one"
                    + " that etcd has put at its end")
        }
        seal = trailer == 0 ? .none : .intact
    }

    private static let shortened = BoltDamage("it was cut short while it was read")

    private static func feed(
        _ hash: borrowing SHA256, _ file: SeekableFile, _ range: Range<Int>,
        _ tick: (Double) throws -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var offset = range.lowerBound
        while offset < range.upperBound {
            let room = UnsafeMutableRawBufferPointer(
                rebasing: buffer[..<min(buffer.count, range.upperBound - offset)])
            guard try file.read(at: offset, into: room) == room.count else { throw shortened }
            hash.update(UnsafeRawBufferPointer(room))
            offset += room.count
            try tick(Double(offset) / Double(range.upperBound))
        }
    }
}
