public import Basics

/// A bbolt database file (go.etcd.io/bbolt, etcd's storage), read without being believed: every
/// number in it is checked, whatever is wrong is a `BoltDamage`, and no more than one page with its
/// overflow is in memory.
///
/// Reading blocks: not for the cooperative pool.
public final class BoltDatabase {
    /// A bucket of the root.
    public struct Bucket {
        let root: Root
        enum Root {
            case tree(UInt64)
            /// A small bucket lies in its element, as a page without a number.
            case inline([UInt8])
        }
    }

    /// The greatest page with its overflow that is read, in bytes. etcd takes requests of 1.5 MiB
    /// unless told otherwise, and a leaf page has at least two values where it overflows.
    static let longestPage = 64 << 20

    private let file: SeekableFile
    let meta: BoltMeta
    /// How many bytes of the file belong to the database.
    let length: Int

    /// - Parameter trailer: how many bytes at the file's end aren't the database's.
    /// - Throws: `Fault` where it can't be read, `BoltDamage` where it is no whole database.
    public init(_ file: SeekableFile, trailer: Int = 0) throws {
        self.file = file
        length = max(0, file.size - trailer)
        meta = try Self.meta(of: file, length: length)
        guard meta.pageCount >= 3, meta.pageCount <= UInt64(Int.max / meta.pageSize) else {
            throw BoltDamage("its meta page claims \(meta.pageCount) pages")
        }
        guard Int(meta.pageCount) * meta.pageSize <= length else {
            throw BoltDamage(
                "the file ends after \(length) bytes; the database in it has"
                    + " \(Int(meta.pageCount) * meta.pageSize): it was cut short")
        }
    }

    /// The valid meta page of the later transaction. The second stands behind the first page, whose
    /// size only a valid first tells; else every size is tried, as bbolt does.
    private static func meta(of file: SeekableFile, length: Int) throws -> BoltMeta {
        var found: [BoltMeta] = []
        var offsets = [0] + (9...16).map { 1 << $0 }
        while let offset = offsets.first {
            offsets.removeFirst()
            let needed = BoltMeta.offset + BoltMeta.length
            guard offset + needed <= length else { break }
            let meta = try withUnsafeTemporaryAllocation(byteCount: needed, alignment: 8) {
                try file.read(at: offset, into: $0) == needed
                    ? BoltMeta(page: UnsafeRawBufferPointer($0)) : nil
            }
            guard let meta, offset == 0 || offset == meta.pageSize else { continue }
            found.append(meta)
            if offset == 0 { offsets = [meta.pageSize] }
        }
        guard let newest = found.max(by: { $0.transaction < $1.transaction }) else {
            throw BoltDamage("it doesn't begin as a bbolt database does")
        }
        return newest
    }

    /// Fills the target from a page on.
    func read(_ page: UInt64, into target: UnsafeMutableRawBufferPointer) throws {
        guard try file.read(at: Int(page) * meta.pageSize, into: target) == target.count else {
            throw BoltDamage(page: page, "the file was cut short while it was read")
        }
    }

    /// A bucket of the root; nil where there is none of the name.
    public func bucket(_ name: String) throws -> Bucket? {
        var found: Bucket?
        try BoltWalk.run(self, Bucket(root: .tree(meta.root))) { element in
            guard element.isBucket, element.key.elementsEqual(name.utf8) else { return true }
            found = try Self.bucket(of: element.value)
            return false
        }
        return found
    }

    /// The value of a bucket has its root page and a sequence number; a root of 0 means that the
    /// page follows right there.
    private static func bucket(of value: UnsafeRawBufferPointer) throws(BoltDamage) -> Bucket {
        guard let root = ByteView(bytes: value).integer(at: 0, as: UInt64.self), value.count >= 16
        else { throw BoltDamage("a bucket has no root") }
        return Bucket(root: root == 0 ? .inline(Array(value.dropFirst(16))) : .tree(root))
    }

    /// Lends every value of the bucket, last key first, until `body` returns false.
    public func forEachBackwards(
        in bucket: Bucket,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Bool
    ) throws {
        try BoltWalk.run(self, bucket) { element in
            element.isBucket ? true : try body(element.key, element.value)
        }
    }

    /// The value of one key; nil where the bucket hasn't got it. For small buckets: it goes through
    /// them.
    public func value(of key: String, in bucket: Bucket) throws -> [UInt8]? {
        var found: [UInt8]?
        try forEachBackwards(in: bucket) { candidate, value in
            guard candidate.elementsEqual(key.utf8) else { return true }
            found = Array(value)
            return false
        }
        return found
    }
}
