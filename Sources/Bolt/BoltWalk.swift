internal import Glibc

/// One way through a bucket's tree, from its last element to its first.
struct BoltWalk {
    private let database: BoltDatabase
    private let bucket: BoltDatabase.Bucket
    private var visited: VisitedPages
    private var buffer = PageBuffer()
    /// The key seen last, which every further one must come before.
    private var last: [UInt8]?

    /// Until `visit` returns false. What it is lent is gone when it returns.
    static func run(
        _ database: BoltDatabase, _ bucket: BoltDatabase.Bucket,
        _ visit: (BoltPage.Element) throws -> Bool
    ) throws {
        var walk = BoltWalk(database, bucket)
        try walk.run(visit)
    }

    private init(_ database: BoltDatabase, _ bucket: BoltDatabase.Bucket) {
        self.database = database
        self.bucket = bucket
        visited = VisitedPages(count: database.meta.pageCount)
    }

    private mutating func run(_ visit: (BoltPage.Element) throws -> Bool) throws {
        switch bucket.root {
        case .tree(let root): try walk(from: root, visit)
        case .inline(let bytes):
            _ = try bytes.withUnsafeBytes {
                let page = try BoltPage(id: 0, bytes: $0)
                guard page.kind == .leaf else { throw BoltDamage("a bucket's page is no leaf") }
                return try take(page, visit)
            }
        }
    }

    /// A tree can't be so deep or wide that the pages still to be seen need more memory than their
    /// numbers, since each is visited once.
    private mutating func walk(
        from root: UInt64, _ visit: (BoltPage.Element) throws -> Bool
    ) throws {
        var waiting = [root]
        while let id = waiting.popLast() {
            guard visited.insert(id) else {
                throw BoltDamage(page: id, "two places of the tree lead to it, or none could")
            }
            let page = try buffer.read(id, of: database)
            switch page.kind {
            case .branch:
                guard page.count > 0 else { throw BoltDamage(page: id, "a branch has no children") }
                waiting += try page.children()
                guard waiting.count <= database.meta.pageCount else {
                    throw BoltDamage(page: id, "the tree has more pages than the file")
                }
            case .leaf:
                guard try take(page, visit) else { return }
            }
        }
    }

    private mutating func take(
        _ page: BoltPage, _ visit: (BoltPage.Element) throws -> Bool
    ) throws -> Bool {
        for index in (0..<page.count).reversed() {
            let element = try page.element(index)
            if let last, !element.key.lexicographicallyPrecedes(last) {
                throw BoltDamage(page: page.id, "its keys aren't in order")
            }
            last = Array(element.key)
            guard try visit(element) else { return false }
        }
        return true
    }
}

/// Which pages were seen, one bit each.
private struct VisitedPages {
    private let count: UInt64
    private var bits: [UInt64]

    init(count: UInt64) {
        self.count = count
        bits = Array(repeating: 0, count: Int(count / 64) + 1)
    }

    /// - Returns: false where it was seen, or can't be a page of a tree.
    mutating func insert(_ page: UInt64) -> Bool {
        // The first two are the meta pages.
        guard page >= 2, page < count else { return false }
        let (word, bit) = (Int(page / 64), UInt64(1) << (page % 64))
        guard bits[word] & bit == 0 else { return false }
        bits[word] |= bit
        return true
    }
}

/// The memory that pages are read into, used again for each.
private final class PageBuffer {
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 8)

    deinit { wipe() }

    private func wipe() {
        // It may have held secrets in plain.
        if let start = memory.baseAddress { explicit_bzero(start, memory.count) }
        memory.deallocate()
    }

    func read(_ id: UInt64, of database: BoltDatabase) throws -> BoltPage {
        let size = database.meta.pageSize
        grow(to: size)
        try database.read(id, into: slice(size))
        let view = ByteView(bytes: UnsafeRawBufferPointer(slice(size)))
        guard view.integer(at: 0, as: UInt64.self) == id,
            let overflow = view.integer(at: 12, as: UInt32.self)
        else { throw BoltDamage(page: id, "another page's number stands there") }
        guard UInt64(overflow) < database.meta.pageCount - id else {
            throw BoltDamage(page: id, "it goes on beyond the end of the database")
        }
        let length = (Int(overflow) + 1) * size
        guard length <= BoltDatabase.longestPage else {
            throw BoltDamage(page: id, "it is \(length) bytes long, which no page of etcd's is")
        }
        if length > size {
            grow(to: length)
            try database.read(id, into: slice(length))
        }
        return try BoltPage(id: id, bytes: UnsafeRawBufferPointer(slice(length)))
    }

    private func slice(_ count: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
    }

    private func grow(to count: Int) {
        guard memory.count < count else { return }
        wipe()
        memory = .allocate(byteCount: count, alignment: 8)
    }
}
