import Archive
import Basics
import Testing

/// What a zip file can get wrong, one thing at a time.
@Suite struct ZipDamageTests {
    typealias Entry = ZipImage.Entry

    struct Bad: CustomTestStringConvertible {
        let what: String
        let says: String
        let bytes: [UInt8]
        var testDescription: String { what }
    }

    private static let text = Array("what is stored, stored, stored and stored again".utf8)

    /// An entry that is wrong, between two that aren't.
    private static func bad(
        _ what: String, _ says: String, _ entry: Entry = .deflated("b", text),
        _ change: (inout Entry) -> Void
    ) -> Bad {
        Bad(
            what: what, says: says,
            bytes: ZipImage([.stored("a", text), entry.with(change), .stored("c", text)]).bytes)
    }

    private static func bad(
        _ what: String, _ says: String, image change: (inout ZipImage) -> Void
    ) -> Bad {
        var image = ZipImage([.stored("a", text), .deflated("b", text)])
        change(&image)
        return Bad(what: what, says: says, bytes: image.bytes)
    }

    private static let whole = ZipImage([.deflated("a", text)]).bytes

    private static let badFiles = [
        Bad(what: "an empty file", says: "cut short, or is no zip", bytes: []),
        Bad(what: "no zip at all", says: "cut short, or is no zip", bytes: text),
        Bad(what: "cut short by a byte", says: "cut short", bytes: whole.dropLast()),
        Bad(what: "cut in half", says: "cut short", bytes: Array(whole.prefix(whole.count / 2))),
        Bad(what: "something behind it", says: "cut short, or is no zip", bytes: whole + [0]),
        Bad(what: "its first half missing", says: "isn't where", bytes: Array(whole.dropFirst(60))),
        bad("fewer entries than claimed", "goes on beyond", image: { $0.count = 3 }),
        bad("more entries than claimed", "has more than the 1", image: { $0.count = 1 }),
        bad("a great many entries", "at most 1000", image: { $0.count = 60_000 }),
        bad("a great directory", "at most 1000", image: { $0.directorySize = 1 << 30 }),
        bad("a directory nowhere", "isn't where", image: { $0.directoryOffset = 1 << 30 }),
        bad("a directory elsewhere", "something else", image: { $0.directoryOffset = 0 }),
        bad("a directory over the end", "isn't where", image: { $0.directorySize = 5000 }),
        bad(
            "zip64 with a directory nowhere", "isn't where",
            image: {
                $0.isZip64 = true
                $0.directoryOffset = .max
            }),
        bad("all ones without zip64", "isn't where", image: { $0.directoryOffset = .max }),
    ]

    private static let badEntries = [
        bad("another CRC", "CRC-32") { $0.checksum ^= 1 },
        bad("another CRC, stored", "CRC-32", .stored("b", text)) { $0.checksum ^= 1 },
        bad("more than it says", "more comes out") { $0.size -= 1 },
        bad("less than it says", "only 47 bytes") { $0.size += 1 },
        bad("far more than is read", "only 47 bytes") { $0.size = .max - 1 },
        bad("two sizes of what isn't packed", "two sizes", .stored("b", text)) { $0.size += 1 },
        bad("packed data that ends too early", "too early") { $0.packedSize -= 1 },
        bad("something behind the packed data", "follows the end") { $0.packedSize += 1 },
        bad("packed data that reaches into the next", "into the next") { $0.packedSize += 200 },
        bad("packed data beyond the end", "into the next") { $0.packedSize = .max - 1 },
        bad("the place of another", "into the next") { $0.offset = 0 },
        bad("a place within another", "into the next") { $0.offset = 1 },
        bad("a place beyond the end", "into the next") { $0.offset = 1 << 30 },
        bad("another name in its header", "its own header") { $0.localName = "d" },
        bad("a longer name in its header", "its own header") { $0.localName = "bb" },
        bad("an extra field that goes on", "goes on beyond") { $0.extra = [1, 0, 99, 0] },
        bad("encrypted", "is encrypted") { $0.flags |= 1 },
        bad("packed by bzip2", "by method 12") { $0.method = 12 },
        bad("no Deflate", "can't be unpacked") { $0.packed = [7] + $0.packed.dropFirst() },
        bad("a name that another has", "same name") { ($0.name, $0.localName) = ("a", "a") },
        bad("no name", "a name that none") { ($0.name, $0.localName) = ("", "") },
        bad("a name with a zero", "a name that none") { ($0.name, $0.localName) = ("\0", "\0") },
        bad("a long name", "a name that none") {
            $0.name = String(repeating: "b", count: 5000)
        },
    ]

    @Test("a damaged file, told what and where", arguments: badFiles + badEntries)
    func damaged(_ bad: Bad) throws {
        let damage = try #require(#expect(throws: ArchiveDamage.self) { try unpackAll(bad.bytes) })
        #expect("\(damage)".contains(bad.says), "\(damage)")
    }

    @Test("names are told so that no terminal obeys them")
    func names() {
        let told = "\(ArchiveDamage(entry: "\u{1B}[2J" + String(repeating: "x", count: 999), "no"))"
        #expect(!told.contains("\u{1B}") && told.count < 200)
    }

    @Test(
        "a local header that contradicts the directory",
        arguments: [
            (14, "its own header"), (18, "its own header"), (22, "its own header"),
            (29, "into the next"),
        ])
    func contradiction(place: Int, says: String) throws {
        // Its CRC, its sizes, and the length of its extra field.
        var bytes = ZipImage([Entry.stored("a", Self.text).with { $0.flags = 0 }]).bytes
        bytes[place] ^= 1
        let damage = #expect(throws: ArchiveDamage.self) { try unpackAll(bytes) }
        #expect(damage?.reason.contains(says) == true, "\(String(describing: damage))")
    }
}
