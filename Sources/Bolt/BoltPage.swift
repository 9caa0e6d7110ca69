/// One page, with the pages that it overflows into, as it was read (`page` in go.etcd.io/bbolt,
/// page.go; since 1.4 internal/common/page.go).
struct BoltPage {
    enum Kind { case branch, leaf }

    /// One element of a leaf.
    struct Element {
        /// A bucket within the bucket, and no value.
        let isBucket: Bool
        let key: UnsafeRawBufferPointer
        let value: UnsafeRawBufferPointer
    }

    static let headerLength = 16
    private static let elementLength = 16
    private static let bucketFlag: UInt32 = 1

    let id: UInt64
    let kind: Kind
    let count: Int
    private let view: ByteView

    /// - Parameter bytes: the whole of it; must outlive the page and everything taken from it.
    init(id: UInt64, bytes: UnsafeRawBufferPointer) throws(BoltDamage) {
        view = ByteView(bytes: bytes)
        guard let flags = view.integer(at: 8, as: UInt16.self),
            let count = view.integer(at: 10, as: UInt16.self)
        else { throw BoltDamage(page: id, "it is too short for a page") }
        switch flags {
        case 1: kind = .branch
        case 2: kind = .leaf
        default: throw BoltDamage(page: id, "it is no page of a tree (flags \(flags))")
        }
        guard Self.headerLength + Int(count) * Self.elementLength <= bytes.count else {
            throw BoltDamage(page: id, "its \(count) elements don't fit into it")
        }
        self.id = id
        self.count = Int(count)
    }

    /// The pages that a branch leads to, in order.
    func children() throws(BoltDamage) -> [UInt64] {
        var children: [UInt64] = []
        children.reserveCapacity(count)
        for index in 0..<count {
            let offset = Self.headerLength + index * Self.elementLength
            guard let child = view.integer(at: offset + 8, as: UInt64.self) else {
                throw outside(index)
            }
            children.append(child)
        }
        return children
    }

    /// - Parameter index: below `count`.
    func element(_ index: Int) throws(BoltDamage) -> Element {
        let offset = Self.headerLength + index * Self.elementLength
        guard let flags = view.integer(at: offset, as: UInt32.self),
            let position = view.integer(at: offset + 4, as: UInt32.self),
            let keyLength = view.integer(at: offset + 8, as: UInt32.self),
            let valueLength = view.integer(at: offset + 12, as: UInt32.self),
            let key = view.slice(at: offset + Int(position), count: Int(keyLength)),
            let value = view.slice(
                at: offset + Int(position) + Int(keyLength), count: Int(valueLength))
        else { throw outside(index) }
        return Element(isBucket: flags & Self.bucketFlag != 0, key: key, value: value)
    }

    private func outside(_ index: Int) -> BoltDamage {
        BoltDamage(page: id, "its element \(index) leads outside of it")
    }
}
