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
                    + " one (a zip or gzip must be unpacked first)")
        }
        let whole = SHA256()
        let body = SHA256()
        let bodyLength = file.size - trailer
        var written: [UInt8] = []
        var offset = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while offset < file.size {
            let count = try file.read(at: offset, into: buffer)
            guard count > 0 else { throw BoltDamage("it was cut short while it was read") }
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            whole.update(piece)
            let inBody = min(count, max(0, bodyLength - offset))
            body.update(UnsafeRawBufferPointer(rebasing: piece[..<inBody]))
            written += piece[inBody...]
            offset += count
            try tick(Double(offset) / Double(file.size))
        }
        fileHash = whole.finish()
        let expected = body.finish().bytes
        guard trailer == 0 || Array(written.prefix(Self.length)) == expected else {
            throw BoltDamage(
                "it isn't as etcd wrote it: it was altered, for its SHA-256 is another than the one"
                    + " that etcd has put at its end")
        }
        seal = trailer == 0 ? .none : .intact
    }
}
