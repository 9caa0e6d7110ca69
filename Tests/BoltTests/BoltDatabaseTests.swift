import Basics
import Bolt
import Foundation
import TestSupport
import Testing

@Suite struct BoltDatabaseTests {
    typealias Element = BoltImage.Element

    /// Everything of the bucket, last key first.
    static func read(_ bytes: [UInt8], bucket name: String = "b") throws -> [String] {
        let path = NSTemporaryDirectory() + "bolt-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let database = try BoltDatabase(try SeekableFile(path: path))
        guard let bucket = try database.bucket(name) else { return ["no bucket"] }
        var found: [String] = []
        try database.forEachBackwards(in: bucket) { key, value in
            found.append(String(decoding: key, as: UTF8.self) + "=\(value.count)")
            return true
        }
        return found
    }

    private static let image = BoltImage(
        root: 2,
        pages: [
            BoltImage.leaf(
                id: 2,
                [
                    BoltImage.inlineBucket("a", [Element("x", [1])]),
                    BoltImage.bucket("b", root: 3),
                ]),
            BoltImage.branch(id: 3, [("k1", 4), ("k3", 5)]),
            BoltImage.leaf(id: 4, [Element("k1", [1]), Element("k2", [])]),
            BoltImage.leaf(
                id: 5, [Element("k3", [UInt8](repeating: 7, count: 9000)), Element("k4", [1, 2])]),
        ])

    @Test("branches, leaves, values longer than a page, buckets within an element, all read")
    func whole() throws {
        #expect(try Self.read(Self.image.bytes) == ["k4=2", "k3=9000", "k2=0", "k1=1"])
        #expect(try Self.read(Self.image.bytes, bucket: "a") == ["x=1"])
        #expect(try Self.read(Self.image.bytes, bucket: "c") == ["no bucket"])
    }

    @Test("the first meta page is torn, the second counts")
    func tornMeta() throws {
        var bytes = Self.image.bytes
        bytes[40] ^= 1
        #expect(try Self.read(bytes) == ["k4=2", "k3=9000", "k2=0", "k1=1"])
        bytes[BoltImage.pageSize + 40] ^= 1
        #expect(throws: BoltDamage.self) { try Self.read(bytes) }
    }

    struct Bad: CustomTestStringConvertible {
        let what: String
        let image: BoltImage
        let says: String
        var testDescription: String { what }
    }

    private static func bad(
        _ what: String, _ says: String, root: UInt64 = 2, count: UInt64? = nil, _ page: [UInt8]
    ) -> Bad {
        Bad(
            what: what,
            image: BoltImage(
                root: root,
                pages: [BoltImage.leaf(id: 2, [BoltImage.bucket("b", root: 3)]), page],
                pageCount: count), says: says)
    }

    private static let badOnes = [
        bad("a page that leads to itself", "two places", BoltImage.branch(id: 3, [("k", 3)])),
        bad(
            "a page that leads to the root", "two places",
            BoltImage.branch(id: 3, [("k", 2), ("l", 2)])),
        bad("a page beyond the end", "or none could", BoltImage.branch(id: 3, [("k", 99)])),
        bad("a meta page in the tree", "or none could", BoltImage.branch(id: 3, [("k", 0)])),
        bad("another page's number", "another page", BoltImage.leaf(id: 9, [])),
        bad("a branch without children", "no children", BoltImage.branch(id: 3, [])),
        bad(
            "more elements than a page has room for", "don't fit",
            BoltImage.page(id: 3, flags: 2, count: 60_000, body: [])),
        bad(
            "an element outside", "outside",
            BoltImage.page(
                id: 3, flags: 2, count: 1,
                body: BoltImage.number(UInt32(0)) + BoltImage.number(UInt32.max)
                    + BoltImage.number(UInt32.max) + BoltImage.number(UInt32.max))),
        bad(
            "keys out of order", "in order",
            BoltImage.leaf(id: 3, [Element("l", []), Element("k", [])])),
        bad(
            "one key twice", "in order",
            BoltImage.leaf(id: 3, [Element("k", []), Element("k", [])])),
        bad(
            "a page of free pages in the tree", "no page of a tree",
            BoltImage.page(id: 3, flags: 16, count: 0, body: [])),
        bad("pages that the file hasn't got", "cut short", count: 1000, BoltImage.leaf(id: 3, [])),
        bad("no pages", "claims", count: 0, BoltImage.leaf(id: 3, [])),
        bad("more pages than numbers", "claims", count: .max, BoltImage.leaf(id: 3, [])),
        bad("a root nowhere", "or none could", root: .max, BoltImage.leaf(id: 3, [])),
    ]

    @Test("a damaged file, told what and where", arguments: badOnes)
    func damaged(_ bad: Bad) throws {
        let damage = try #require(
            #expect(throws: BoltDamage.self) { try Self.read(bad.image.bytes) })
        #expect("\(damage)".contains(bad.says), "\(damage)")
    }

    @Test("any byte another, or cut short anywhere: read or refused, and the program lives")
    func mutated() throws {
        var random = SeededRandom(seed: 1)
        for _ in 0..<3000 {
            var bytes = Self.image.bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                // Most of a page is empty: heads and the first elements are what matters.
                let page = Int.random(in: 0..<(bytes.count / 4096), using: &random) * 4096
                bytes[page + Int.random(in: 0..<160, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
            }
            do { _ = try Self.read(bytes) } catch is BoltDamage {}
        }
    }
}
