/// One of the two meta pages at the beginning of a file
/// (`meta` in go.etcd.io/bbolt, db.go; since 1.4 internal/common/meta.go).
struct BoltMeta {
    let pageSize: Int
    /// The page of the root bucket.
    let root: UInt64
    /// How many pages the database has, free ones included.
    let pageCount: UInt64
    let transaction: UInt64

    /// Behind the page's header of 16 bytes.
    static let offset = 16
    static let length = 64
    private static let magic: UInt32 = 0xED0C_DAED
    private static let version: UInt32 = 2
    private static let checksumOffset = 56

    /// - Parameter bytes: from the start of the page.
    /// - Returns: nil for anything but a valid meta page.
    init?(page bytes: UnsafeRawBufferPointer) {
        guard let body = ByteView(bytes: bytes).slice(at: Self.offset, count: Self.length) else {
            return nil
        }
        let view = ByteView(bytes: body)
        guard view.integer(at: 0, as: UInt32.self) == Self.magic,
            view.integer(at: 4, as: UInt32.self) == Self.version,
            let size = view.integer(at: 8, as: UInt32.self),
            (9...16).contains(size.trailingZeroBitCount), size.nonzeroBitCount == 1,
            let root = view.integer(at: 16, as: UInt64.self),
            let pageCount = view.integer(at: 40, as: UInt64.self),
            let transaction = view.integer(at: 48, as: UInt64.self),
            let checksum = view.integer(at: Self.checksumOffset, as: UInt64.self),
            checksum == Self.checksum(body.prefix(Self.checksumOffset))
        else { return nil }
        pageSize = Int(size)
        (self.root, self.pageCount, self.transaction) = (root, pageCount, transaction)
    }

    /// FNV-1a of 64 bits.
    private static func checksum(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
