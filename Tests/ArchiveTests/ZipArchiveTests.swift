import Archive
import Basics
import Foundation
import TestSupport
import Testing

/// Lends a file with these bytes.
func withFile<Result>(_ bytes: [UInt8], _ body: (SeekableFile) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "zip-\(UUID().uuidString)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(try SeekableFile(path: path))
}

/// Unpacks every entry.
func unpackAll(_ bytes: [UInt8]) throws -> [String: [UInt8]] {
    try withFile(bytes) { file in
        let archive = try ZipArchive(file)
        var found: [String: [UInt8]] = [:]
        for entry in archive.entries {
            let target = try newFile()
            try archive.unpack(entry, into: target)
            found[entry.name] = try contents(of: target)
            #expect(found[entry.name]?.count == entry.size)
        }
        return found
    }
}

func newFile() throws -> NewFile {
    try NewFile(unnamedLike: NSTemporaryDirectory() + "unzip-\(UUID().uuidString)")
}

func contents(of file: NewFile) throws -> [UInt8] {
    let file = try file.reopened()
    return try SecretBytes(count: file.size) { _ = try file.read(at: 0, into: $0) }.exposedBytes()
}

/// Raw Deflate is what gzip puts between a head of 10 bytes and an end of 8 (RFC 1952).
func deflatedByGzip(_ bytes: [UInt8]) throws -> [UInt8] {
    try withFile(bytes) { file in
        let gzip = Process()
        let output = Pipe()
        gzip.executableURL = URL(fileURLWithPath: "/bin/sh")
        gzip.arguments = ["-c", "gzip -nc <\"$0\"", file.path]
        gzip.standardOutput = output
        try gzip.run()
        let packed = try output.fileHandleForReading.readToEnd() ?? Data()
        gzip.waitUntilExit()
        return Array(packed.dropFirst(10).dropLast(8))
    }
}

@Suite struct ZipArchiveTests {
    typealias Entry = ZipImage.Entry

    private static let text = Array("what is stored, stored, stored and stored again".utf8)
    private static let name = "/etc/kubernetes/a.rkestate"

    @Test("stored and deflated, numbers before the data or after it, a comment, zip64's end: read")
    func whole() throws {
        var image = ZipImage([
            .stored("a", Self.text), .deflated("b", Self.text), .stored("empty", []),
            .deflated("nothing", []), .stored("folder/", []),
        ])
        let expected = [
            "a": Self.text, "b": Self.text, "empty": [], "nothing": [], "folder/": [],
        ]
        #expect(try unpackAll(image.bytes) == expected)
        image.entries = image.entries.map { $0.with { $0.flags = 0 } }
        image.comment = Array("PK\u{5}\u{6} looks like an end, and is none".utf8)
        #expect(try unpackAll(image.bytes) == expected)
        image.isZip64 = true
        #expect(try unpackAll(image.bytes) == expected)
        #expect(try unpackAll(ZipImage([]).bytes).isEmpty)
    }

    @Test("as Go's archive/zip writes RKE's, longer than any buffer")
    func likeRKE() throws {
        var random = SeededRandom(seed: 3)
        let snapshot = (0..<700_000).map { index in
            index % 3 == 0 ? UInt8.random(in: 0...255, using: &random) : UInt8(index / 1000 % 256)
        }
        let bytes = ZipImage([
            .packed("/backup/a", snapshot, as: try deflatedByGzip(snapshot)),
            .packed(Self.name, Self.text, as: try deflatedByGzip(Self.text)),
        ]).bytes
        #expect(try unpackAll(bytes) == ["/backup/a": snapshot, Self.name: Self.text])
        try withFile(bytes) { file in
            let isZip = try ZipArchive.begins(file)
            let names = try ZipArchive(file).entries.map(\.name)
            #expect(isZip && names == ["/backup/a", Self.name])
        }
    }

    @Test("sizes and places that stand in zip64's extra field")
    func zip64Entry() throws {
        let entry = Entry.deflated("a", Self.text)
        let numbers = number(UInt64(entry.size)) + number(UInt64(entry.packedSize))
        let large = entry.with {
            $0.extra += number(UInt16(1)) + number(UInt16(24)) + numbers + number(UInt64(0))
            ($0.size, $0.packedSize, $0.offset) = (.max, .max, .max)
        }
        #expect(try unpackAll(ZipImage([large]).bytes) == ["a": Self.text])
        let short = entry.with {
            $0.extra += number(UInt16(1)) + number(UInt16(4)) + number(UInt32(7))
            $0.size = .max
        }
        #expect(throws: ArchiveDamage.self) { try unpackAll(ZipImage([short]).bytes) }
        let endless = entry.with {
            $0.extra += number(UInt16(1)) + number(UInt16(16)) + number(UInt64.max)
            $0.extra += number(UInt64.max)
            ($0.size, $0.packedSize) = (.max, .max)
        }
        #expect(throws: ArchiveDamage.self) { try unpackAll(ZipImage([endless]).bytes) }
    }

    @Test("a bomb stops where its claim ends")
    func bomb() throws {
        let packed = try deflatedByGzip([UInt8](repeating: 0, count: 64 << 20))
        let entry = Entry.packed("a", [], as: packed).with { $0.size = 1 << 20 }
        try withFile(ZipImage([entry]).bytes) { file in
            let archive = try ZipArchive(file)
            let target = try newFile()
            let damage = #expect(throws: ArchiveDamage.self) {
                try archive.unpack(try #require(archive.entries.first), into: target)
            }
            #expect(damage?.reason.contains("more comes out") == true)
            #expect(try contents(of: target).count <= 1 << 20)
        }
    }

    @Test("whoever asks can end it")
    func cancelled() throws {
        try withFile(ZipImage([.deflated("a", Self.text)]).bytes) { file in
            let archive = try ZipArchive(file)
            #expect(throws: CancellationError.self) {
                try archive.unpack(try #require(archive.entries.first), into: try newFile()) { _ in
                    throw CancellationError()
                }
            }
        }
    }

    @Test("any byte another, or cut short anywhere: read or refused, and the program lives")
    func mutated() throws {
        var random = SeededRandom(seed: 1)
        var image = ZipImage([
            .packed("/backup/a", Self.text, as: try deflatedByGzip(Self.text)),
            .stored(Self.name, Self.text), .deflated("b", []),
        ])
        var refused = 0
        for round in 0..<3000 {
            image.isZip64 = round % 3 == 0
            var bytes = image.bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                // All ones are a case of their own.
                bytes[place] =
                    Bool.random(using: &random) ? 0xFF : .random(in: 0...255, using: &random)
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
            }
            do {
                // What is read at all is what was packed, whatever it is called now.
                for found in try unpackAll(bytes).values {
                    #expect([Self.text, []].contains(found))
                }
            } catch is ArchiveDamage { refused += 1 }
        }
        #expect(refused > 1000)
    }
}
