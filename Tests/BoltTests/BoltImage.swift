/// Builds database files page by page, right or wrong.
struct BoltImage {
    struct Element {
        var isBucket = false
        var key: [UInt8]
        var value: [UInt8]

        init(_ key: String, _ value: [UInt8], isBucket: Bool = false) {
            (self.key, self.value, self.isBucket) = (Array(key.utf8), value, isBucket)
        }
    }

    static let pageSize = 4096
    private(set) var bytes: [UInt8] = []

    /// Two meta pages; the pages follow from number 2 on.
    init(root: UInt64, pages: [[UInt8]], pageCount: UInt64? = nil) {
        let count = 2 + pages.reduce(0) { $0 + $1.count / Self.pageSize }
        for transaction in [UInt64(7), 6] {
            var meta = Self.number(UInt32(0xED0C_DAED)) + Self.number(UInt32(2))
            meta += Self.number(UInt32(Self.pageSize)) + Self.number(UInt32(0))
            meta += Self.number(root) + Self.number(UInt64(0)) + Self.number(UInt64.max)
            meta += Self.number(pageCount ?? UInt64(count)) + Self.number(transaction)
            var sum: UInt64 = 0xCBF2_9CE4_8422_2325
            for byte in meta { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
            meta += Self.number(sum)
            bytes += Self.page(id: 7 - transaction, flags: 4, count: 0, body: meta)
        }
        for page in pages { bytes += page }
    }

    static func leaf(id: UInt64, _ elements: [Element]) -> [UInt8] {
        page(id: id, flags: 2, count: elements.count, body: body(of: elements))
    }

    /// A bucket whose page lies in its element.
    static func inlineBucket(_ name: String, _ elements: [Element]) -> Element {
        let head = number(UInt64(0)) + number(UInt16(2)) + number(UInt16(elements.count))
        return Element(
            name, [UInt8](repeating: 0, count: 16) + head + number(UInt32(0)) + body(of: elements),
            isBucket: true)
    }

    static func bucket(_ name: String, root: UInt64) -> Element {
        Element(name, number(root) + number(UInt64(0)), isBucket: true)
    }

    static func branch(id: UInt64, _ children: [(key: String, page: UInt64)]) -> [UInt8] {
        var heads: [UInt8] = []
        var data: [UInt8] = []
        for (index, child) in children.enumerated() {
            let position = (children.count - index) * 16 + data.count
            heads += number(UInt32(position)) + number(UInt32(child.key.utf8.count))
            heads += number(child.page)
            data += Array(child.key.utf8)
        }
        return page(id: id, flags: 1, count: children.count, body: heads + data)
    }

    private static func body(of elements: [Element]) -> [UInt8] {
        var heads: [UInt8] = []
        var data: [UInt8] = []
        for (index, element) in elements.enumerated() {
            let position = (elements.count - index) * 16 + data.count
            heads += number(UInt32(element.isBucket ? 1 : 0)) + number(UInt32(position))
            heads += number(UInt32(element.key.count)) + number(UInt32(element.value.count))
            data += element.key + element.value
        }
        return heads + data
    }

    static func page(id: UInt64, flags: UInt16, count: Int, body: [UInt8]) -> [UInt8] {
        let pages = max(1, (16 + body.count + pageSize - 1) / pageSize)
        let head =
            number(id) + number(flags) + number(UInt16(count)) + number(UInt32(pages - 1))
        let page = head + body
        return page + [UInt8](repeating: 0, count: pages * pageSize - page.count)
    }

    static func number(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian, Array.init)
    }
}
