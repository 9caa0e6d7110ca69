import Basics
import EncryptionModel
import Foundation
import Testing

@testable import Etcd

/// Against a real etcd with mutual TLS.
@Suite struct EtcdMaintenanceTests {
    private static let known = "plaintext-that-must-go-"

    private func put(_ form: String, into etcd: TestEtcd) async throws {
        try await etcd.put(
            (0..<300).map { number in
                (
                    key: "/registry/secrets/default/s-\(number)",
                    value: Array("\(form)\(Self.known)\(number)".utf8)
                        + [UInt8](repeating: 7, count: 900)
                )
            })
    }

    private func snapshot(of etcd: TestEtcd) async throws -> (SnapshotContents, bytes: Data) {
        let path = etcd.folder + "/snapshot-\(UUID().uuidString).db"
        let maintenance = EtcdMaintenance(exchanger: try etcd.client(), baseURL: etcd.baseURL)
        try await maintenance.snapshot(into: try NewFile(path: path)) { _ in }
        return (
            try await SnapshotReader(keys: []).read(try SeekableFile(path: path), as: path),
            try Data(contentsOf: URL(fileURLWithPath: path))
        )
    }

    @Test("a snapshot, whole and as etcd wrote it, with what is stored and what was before")
    func snapshot() async throws {
        let etcd = try TestEtcd()
        let reader = try await etcd.reader()
        try await put("k8s\0", into: etcd)
        try await put("k8s:enc:aescbc:v1:key-1:", into: etcd)
        let (contents, _) = try await snapshot(of: etcd)
        #expect(contents.seal == .intact)
        #expect(contents.revision == (try await reader.status().revision))
        let forms = contents.counts[.secrets, default: [:]]
        #expect(
            forms == [
                .plaintext: .init(current: 0, older: 300),
                .encrypted(prefix: "k8s:enc:aescbc:v1:key-1:"): .init(current: 300, older: 0),
            ])
        etcd.stop()
    }

    @Test("compacted and defragmented, nothing of before is in the file any more")
    func scrubbed() async throws {
        let etcd = try TestEtcd()
        let reader = try await etcd.reader()
        try await put("k8s\0", into: etcd)
        try await etcd.put(
            (0..<300).map { ("/registry/secrets/default/s-\($0)", Array("k8s:enc:x:v1:y:z".utf8)) })
        let maintenance = EtcdMaintenance(exchanger: try etcd.client(), baseURL: etcd.baseURL)
        let revision = try await reader.status().revision
        #expect(try await maintenance.compact(to: revision))
        #expect(try await !maintenance.compact(to: revision))
        let compacted = try await snapshot(of: etcd)
        #expect(compacted.0.history.counts.isEmpty)
        // bbolt's free pages still have what was in them.
        #expect(compacted.bytes.range(of: Data(Self.known.utf8)) != nil)
        try await maintenance.defragment()
        let clean = try await snapshot(of: etcd)
        #expect(clean.bytes.range(of: Data(Self.known.utf8)) == nil)
        #expect(clean.0.compactedRevision == revision)
        #expect(clean.0.evidence.total(of: .secrets) == 300)
        etcd.stop()
    }

    @Test("a revision to come, refused")
    func future() async throws {
        let etcd = try TestEtcd()
        _ = try await etcd.reader()
        let maintenance = EtcdMaintenance(exchanger: try etcd.client(), baseURL: etcd.baseURL)
        await #expect(throws: Fault.self) { try await maintenance.compact(to: 1_000_000) }
        etcd.stop()
    }

    @Test("lines in any pieces, the same; not ended by the hash, or no snapshot at all: told")
    func lines() throws {
        func line(_ bytes: Int, left: Int?) -> String {
            let blob = Data(repeating: 1, count: bytes).base64EncodedString()
            let remaining = left.map { "\"remaining_bytes\":\"\($0)\"," } ?? ""
            return "{\"result\":{\(remaining)\"blob\":\"\(blob)\"}}\n"
        }
        let text = line(100, left: 50) + line(50, left: nil) + line(32, left: nil)
        for size in [1, 7, 64, 10_000] {
            var lines = SnapshotLines()
            var count = 0
            for start in stride(from: 0, to: text.utf8.count, by: size) {
                let piece = Array(Array(text.utf8)[start...].prefix(size))
                for blob in try piece.withUnsafeBytes({ try lines.feed($0) }) {
                    count += blob.count
                }
            }
            #expect(count == 182 && lines.isComplete && lines.failure == nil)
        }
        for (text, failure) in [
            (line(100, left: 50) + line(50, left: nil), nil as String?),
            (line(100, left: 50), nil), ("", nil),
            ("{\"error\":{\"message\":\"no space\"}}\n", "no space"),
        ] {
            var lines = SnapshotLines()
            _ = try Array(text.utf8).withUnsafeBytes { try lines.feed($0) }
            #expect(!lines.isComplete && lines.failure == failure)
        }
        var lines = SnapshotLines()
        #expect(throws: Fault.self) {
            try Array("<html>\n".utf8).withUnsafeBytes { try lines.feed($0) }
        }
    }

    @Test(
        "any number of bytes that remain, a part from 0 to 1 and no trap",
        arguments: [Int64.max, Int64.max - 1, Int64.min, -1, 0, 1])
    func remaining(told: Int64) throws {
        let text = "{\"result\":{\"remaining_bytes\":\"\(told)\",\"blob\":\"AAAA\"}}\n"
        var lines = SnapshotLines()
        for _ in 0..<2 { _ = try Array(text.utf8).withUnsafeBytes { try lines.feed($0) } }
        #expect(0...1 ~= lines.part && !lines.isComplete)
    }
}
