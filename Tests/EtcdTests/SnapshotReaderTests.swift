import Basics
import EncryptionModel
import Etcd
import Foundation
import TestSupport
import Testing

@Suite struct SnapshotReaderTests {
    @Test("snapshots of a real cluster, read as etcdctl reads them", arguments: SnapshotFixture.all)
    func truth(_ fixture: SnapshotFixture) async throws {
        let contents = try await withFile(try fixture.bytes()) {
            try await SnapshotReader(keys: try fixture.keys()).read(
                try SeekableFile(path: $0), as: "snapshot")
        }
        #expect(contents.size == fixture.truth.size)
        #expect(contents.fileHash.hex == fixture.truth.sha256)
        #expect(contents.revision == fixture.truth.status.revision)
        #expect(contents.seal == .intact)
        #expect(contents.clusterVersion == "3.4.0")
        #expect(contents.clusterUID?.count == 36)
        for (resource, forms) in fixture.truth.counts {
            let resource = GroupResource(resource: resource)
            let found = contents.evidence.counts[resource, default: [:]]
            #expect(
                Dictionary(
                    uniqueKeysWithValues: found.map {
                        ($0.key.description.trimmingSuffix(":"), $0.value)
                    }) == forms, "\(resource)")
        }
        #expect(contents.unreadable.isEmpty)
        #expect(Set(contents.neededKeys) == Set(try fixture.keys()))
    }

    @Test("all fixtures there")
    func complete() { #expect(SnapshotFixture.all.count == 5) }

    @Test("what etcd keeps of before, counted too: a rotated snapshot still has both keys")
    func history() async throws {
        let fixture = try #require(SnapshotFixture.all.first { $0.name == "aescbc-key-b" })
        let contents = try await withFile(try fixture.bytes()) {
            try await SnapshotReader(keys: try fixture.keys()).read(
                try SeekableFile(path: $0), as: "snapshot")
        }
        let forms = contents.history.counts[.secrets, default: [:]]
        #expect(forms[.encrypted(prefix: "k8s:enc:aescbc:v1:key-a:")] == 40)
        #expect(forms[.plaintext] == 40)
        // Nobody gave key-a, and nothing current needs it.
        let closed = contents.readability[.encrypted(prefix: "k8s:enc:aescbc:v1:key-a:")]?.closed
        #expect(closed?.current == 0 && closed?.older == 40)
        #expect(contents.unreadable.isEmpty)
    }

    @Test("a key of the same name with another secret: opens nothing, and beside it the right one")
    func sameName() async throws {
        let fixture = try #require(SnapshotFixture.all.first { $0.name == "aescbc-key-b" })
        let (right, other) = (try fixture.keys(), try SnapshotFixture.otherKeyB())
        let form = StoredForm.encrypted(prefix: "k8s:enc:aescbc:v1:key-b:")
        try await withFile(try fixture.bytes()) { path in
            let wrong = try await SnapshotReader(keys: [other]).read(
                try SeekableFile(path: path), as: path)
            #expect(wrong.unreadable == [form: 40])
            #expect(wrong.neededKeys.isEmpty)
            let both = try await SnapshotReader(keys: [other] + right).read(
                try SeekableFile(path: path), as: path)
            #expect(both.unreadable.isEmpty)
            #expect(both.neededKeys == right)
        }
    }

    @Test("one byte altered, told so", arguments: [0, 5000, 100_000, -40, -1])
    func altered(_ place: Int) async throws {
        var bytes = try #require(SnapshotFixture.all.first).bytes()
        bytes[place < 0 ? bytes.count + place : place] ^= 1
        let fault = await reading(bytes)
        #expect(fault?.code == .corrupt)
        #expect(fault?.message.contains("altered") == true)
    }

    @Test("cut short, told so", arguments: [1, 32, 33, 512, 544, 4096, 100_000, 266_000])
    func truncated(_ missing: Int) async throws {
        let bytes = try #require(SnapshotFixture.all.first).bytes()
        let fault = await reading(Array(bytes.dropLast(missing)))
        // Without exactly the hash it is what a copy of a data directory is.
        #expect((fault == nil) == (missing == 32))
        #expect(fault.map { $0.code == .corrupt } ?? true)
    }

    @Test("files of another kind, told what is wrong")
    func foreign() async throws {
        for bytes in [[], Array("apiVersion: v1\n".utf8), Array(repeating: 0, count: 4096)] {
            #expect(await reading(bytes)?.code == .corrupt)
        }
        for (path, code) in [("/nowhere.db", Fault.Code.notFound), ("/tmp", .badInput)] {
            let fault = await #expect(throws: Fault.self) {
                try await SnapshotReader(keys: []).read(try SeekableFile(path: path), as: path)
            }
            #expect(fault?.code == code)
        }
    }

    @Test("any bytes another in a file without a hash: read or refused, and the program lives")
    func mutated() async throws {
        let fixture = try #require(SnapshotFixture.all.first { $0.name == "mid-rotation" })
        let original = Array(try fixture.bytes().dropLast(32))
        let keys = try fixture.keys()
        var random = SeededRandom(seed: 2)
        for _ in 0..<150 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...200, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            let fault = await reading(bytes, keys)
            #expect(fault.map { $0.code == .corrupt } ?? true)
        }
    }

    @Test("another prefix than kube-apiserver's, nothing counted but as foreign")
    func otherPrefix() async throws {
        let bytes = try #require(SnapshotFixture.all.first).bytes()
        let contents = try await withFile(bytes) {
            try await SnapshotReader(keys: [], prefix: "/elsewhere").read(
                try SeekableFile(path: $0), as: "snapshot")
        }
        #expect(contents.counts.isEmpty && contents.foreign.current > 47)
    }

    private func reading(_ bytes: [UInt8], _ keys: [LocalKey] = []) async -> Fault? {
        do {
            _ = try await withFile(bytes) {
                try await SnapshotReader(keys: keys).read(
                    try SeekableFile(path: $0), as: "snapshot")
            }
            return nil
        } catch { return Fault(error) }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
