import Basics
import TestSupport
import Testing

@testable import ControlPlane

@Suite struct TarTests {
    @Test("an archive written, read back as it was", arguments: [0, 1, 511, 512, 513, 70_000])
    func roundTrip(size: Int) throws {
        let contents = SecretBytes(copying: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        let permissions = FilePermissions(mode: 0o640, user: 1000, group: 65534)
        let archive = try TarWriter.archive(
            name: ".e.yaml.orchestrator-00", contents: contents, permissions: permissions,
            modified: 1_795_000_000)
        #expect(archive.count % 512 == 0)
        let file = try TarReader.onlyFile(in: archive.exposedBytes(), limit: 1 << 20)
        #expect(file.contents == contents)
        #expect(file.permissions == permissions)
        #expect(file.name == ".e.yaml.orchestrator-00")
    }

    @Test(
        "what the format can't hold, refused",
        arguments: [
            "", "a/b", String(repeating: "x", count: 101), "a\0b",
        ])
    func badName(name: String) {
        #expect(throws: Fault.self) {
            try TarWriter.archive(
                name: name, contents: SecretBytes(copying: []), permissions: .rootOnly, modified: 0)
        }
    }

    @Test("a PAX header with owner and size, believed within bounds")
    func paxHeader() throws {
        let records = Self.record("uid", "3000000") + Self.record("SCHILY.xattr.x", "\u{1}")
        let header = try Self.member(type: "x", Array(records.utf8))
        let file = try Self.member(type: "0", Array("hello".utf8))
        let read = try TarReader.onlyFile(in: header + file, limit: 100)
        #expect(read.permissions.user == 3_000_000)
        #expect(read.contents.exposedText() == "hello")

        let lying = try Self.member(type: "x", Array(Self.record("size", "99999").utf8))
        #expect(throws: Fault.self) { try TarReader.onlyFile(in: lying + file, limit: 100_000) }
        let negative = try Self.member(type: "x", Array(Self.record("size", "-5").utf8))
        #expect(throws: Fault.self) { try TarReader.onlyFile(in: negative + file, limit: 100_000) }
    }

    @Test("archives that aren't one file, refused")
    func otherThanOneFile() throws {
        let file = try Self.member(type: "0", [1, 2, 3])
        let cases: [[UInt8]] = [
            [], try Self.member(type: "5", []), try Self.member(type: "2", []),
            try Self.member(type: "1", []), file + file, Array(file.prefix(514)),
            Array(file.prefix(300)),
        ]
        for archive in cases {
            #expect(throws: Fault.self) { try TarReader.onlyFile(in: archive, limit: 100) }
        }
        #expect(throws: Fault.self) { try TarReader.onlyFile(in: file, limit: 2) }
    }

    @Test("archives damaged at random, a fault or a file but never a trap")
    func damaged() throws {
        let whole =
            try Self.member(type: "x", Array(Self.record("path", "e.yaml").utf8))
            + (try Self.member(type: "0", Array("some contents".utf8)))
        var random = SeededRandom(seed: 42)
        for _ in 0..<3000 {
            var archive = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                archive[Int.random(in: 0..<archive.count, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            archive = Array(archive.prefix(.random(in: 0...archive.count, using: &random)))
            if Bool.random(using: &random) { Self.mendChecksum(&archive) }
            _ = try? TarReader.onlyFile(in: archive, limit: 1 << 16)
        }
    }

    private static func record(_ name: String, _ value: String) -> String {
        let rest = " \(name)=\(value)\n"
        var length = rest.utf8.count + 1
        while String(length).utf8.count + rest.utf8.count != length { length += 1 }
        return "\(length)\(rest)"
    }

    /// A member of any type, without the end of the archive.
    private static func member(type: Character, _ contents: [UInt8]) throws -> [UInt8] {
        let archive = try TarWriter.archive(
            name: "f", contents: SecretBytes(copying: contents), permissions: .rootOnly,
            modified: 0)
        var bytes = Array(archive.exposedBytes().dropLast(1024))
        bytes[156] = type.asciiValue ?? 0
        mendChecksum(&bytes)
        return bytes
    }

    private static func mendChecksum(_ bytes: inout [UInt8]) {
        guard bytes.count >= 512 else { return }
        let digits = String(TarHeader.checksum(of: bytes[..<512]), radix: 8)
        let text = String(repeating: "0", count: 6 - digits.count) + digits
        bytes.replaceSubrange(148..<156, with: Array(text.utf8) + [0, 32])
    }
}
