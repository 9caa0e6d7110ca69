import Basics
import EncryptionModel
import Testing
import Transition

@testable import Orchestrator

@Suite struct KeyArchiveTests {
    private let encrypted = Wanted.managed(ManagedEncryption())
    private let passphrase = SecretBytes(copying: "correct horse battery".utf8)

    /// Rotated once, with a snapshot that needs the retired key.
    private func cluster() async throws -> (FakeCluster, retired: LocalKey) {
        let cluster = FakeCluster(objects: 2)
        for goal in [Goal.converge(encrypted), .rotateKey(configured: encrypted)] {
            _ = try await Workflow(ports: cluster.ports, grace: .zero) { _ in }.run(goal)
        }
        let retired = try #require(cluster.with { $0.saved.keys.first { $0.retired != nil } }).key
        cluster.with { state in
            state.lease.isHeld = true
            state.saved.snapshots = [
                SnapshotRecord(
                    name: "s1", taken: Timestamp(seconds: 1), hash: "", size: 1, revision: 1,
                    etcdVersion: nil, kubernetesVersion: nil, clusterUID: nil, nodes: ["n0"],
                    counts: [:], neededKeys: [retired.fingerprint.hex], historyKeys: [],
                    midst: nil)
            ]
        }
        return (cluster, retired)
    }

    private func archive(_ cluster: FakeCluster) -> KeyArchive {
        KeyArchive(journal: cluster, wanted: encrypted)
    }

    private func fault(_ body: () async throws -> Void) async -> Fault? {
        do {
            try await body()
            return nil
        } catch { return Fault(error) }
    }

    @Test("keys in force and retired, told with the snapshots that need them")
    func list() async throws {
        let (cluster, retired) = try await cluster()
        let keys = try await archive(cluster).report().keys
        #expect(keys.map(\.state).sorted { $0.rawValue < $1.rawValue } == [.archived, .writes])
        let archived = try #require(keys.first { $0.state == .archived })
        #expect(archived.record.key == retired && archived.snapshots.map(\.name) == ["s1"])
    }

    @Test("a needed key, forgotten by force only; one in use or unknown, never")
    func forget() async throws {
        let (cluster, retired) = try await cluster()
        let archive = archive(cluster)
        let digits = retired.fingerprint.hex
        let needed = await fault { _ = try await archive.candidate(digits, isForced: false) }
        #expect(needed?.code == .refused && needed?.message.contains("s1") == true)
        let active = try #require(cluster.with { $0.servers[0].config?.keys.first })
        for (word, code) in [
            (active.fingerprint.hex, Fault.Code.refused), ("0123", .usage),
            ("nonsense!", .usage), ("000000000000", .notFound),
        ] {
            let refused = await fault { _ = try await archive.candidate(word, isForced: true) }
            #expect(refused?.code == code, "\(word)")
        }
        let key = try await archive.candidate(String(digits.prefix(7)), isForced: true)
        _ = try await archive.forget(key)
        cluster.with { state in
            #expect(!state.saved.keys.contains { $0.key == retired })
            #expect(state.saved.forgotten.map(\.fingerprint) == [digits])
        }
    }

    @Test("the record of what is deployed lost, the key in force isn't taken for a retired one")
    func unrecorded() async throws {
        let (cluster, _) = try await cluster()
        let active = try #require(cluster.with { $0.servers[0].config?.keys.first })
        for configs in [nil, StateConfigs(desired: nil, current: nil)] {
            cluster.with { $0.configs = configs }
            let refused = await fault {
                _ = try await archive(cluster).candidate(active.fingerprint.hex, isForced: true)
            }
            #expect(refused?.code == .refused)
            _ = try await archive(cluster).seal(passphrase)
            #expect(cluster.with { $0.saved.keys.contains { $0.key == active } })
        }
    }

    @Test("a key that cluster.yml still names, neither forgotten nor sealed")
    func named() async throws {
        let (cluster, retired) = try await cluster()
        let custom = Wanted.custom(
            ProviderConfig(rules: [.init(resources: [.secrets], chain: Chain([.key(retired)]))]))
        let archive = KeyArchive(journal: cluster, wanted: custom)
        let refused = await fault {
            _ = try await archive.candidate(retired.fingerprint.hex, isForced: true)
        }
        #expect(refused?.message.contains("cluster.yml") == true)
        let report = try await archive.seal(passphrase)
        #expect(report.changed.isEmpty && report.left.map(\.key) == [retired])
    }

    @Test("what took the place of a key that cluster.yml names, neither forgotten nor sealed")
    func descendants() async throws {
        let (cluster, retired) = try await cluster()
        let first = try LocalKey.generate(provider: .aescbc, name: "first")
        cluster.with { state in
            state.saved.keys.append(
                KeyRecord(
                    key: first, created: Timestamp(seconds: 1), createdBy: KeyRecord.custom,
                    retired: Timestamp(seconds: 2), retiredBy: "op",
                    successor: retired.fingerprint.hex))
        }
        let custom = Wanted.custom(
            ProviderConfig(rules: [.init(resources: [.secrets], chain: Chain([.key(first)]))]))
        let archive = KeyArchive(journal: cluster, wanted: custom)
        let refused = await fault {
            _ = try await archive.candidate(retired.fingerprint.hex, isForced: true)
        }
        #expect(refused?.message.contains("took the place") == true)
        let report = try await archive.seal(passphrase)
        #expect(report.changed.isEmpty && Set(report.left.map(\.key)) == [first, retired])
    }

    @Test("sealed: gone from the keys, opened by the passphrase alone, and as it was unsealed")
    func sealing() async throws {
        let (cluster, retired) = try await cluster()
        let archive = archive(cluster)
        let before = cluster.with { $0.saved.keys }
        #expect(try await archive.seal(passphrase).changed.map(\.key) == [retired])
        let sealed = try #require(cluster.with { $0.saved.sealed })
        #expect(!cluster.with { $0.saved.keys.contains { $0.key == retired } })
        #expect(sealed.keys.map(\.fingerprint) == [retired.fingerprint.hex])
        #expect(try await archive.report().sealed.first?.snapshots.map(\.name) == ["s1"])
        let wrong = SecretBytes(copying: "correct horse batterx".utf8)
        let denied = await fault { _ = try await archive.unseal(wrong) }
        let again = await fault { _ = try await archive.seal(wrong) }
        #expect(denied?.code == .denied && again?.code == .denied)
        // Nothing new to seal; the passphrase is the same.
        #expect(try await archive.seal(passphrase).changed.isEmpty)
        _ = try await archive.unseal(passphrase)
        cluster.with { state in
            #expect(state.saved.sealed == nil)
            #expect(Set(state.saved.keys) == Set(before))
        }
    }

    @Test("a box that was altered, or swapped with another key's: told, nothing opened")
    func altered() async throws {
        let (cluster, _) = try await cluster()
        _ = try await archive(cluster).seal(passphrase)
        let sealed = try #require(cluster.with { $0.saved.sealed })
        let key = try #require(sealed.keys.first)
        let seal = try await ArchiveSeal.open(sealed, passphrase)
        for index in key.box.indices {
            var box = key.box
            box[index] ^= 1
            let other = SealedArchive.Key(try seal.open(key), box: box)
            #expect(throws: Fault.self) { try seal.open(other) }
        }
        let renamed = SealedArchive.Key(
            provider: key.provider, name: "another", fingerprint: key.fingerprint,
            created: key.created, createdBy: key.createdBy, retired: nil, retiredBy: nil,
            successor: nil, box: key.box)
        #expect(throws: Fault.self) { try seal.open(renamed) }
    }

    @Test("a short passphrase, refused")
    func short() async throws {
        let (cluster, _) = try await cluster()
        let refused = await fault {
            _ = try await archive(cluster).seal(SecretBytes(copying: "short".utf8))
        }
        #expect(refused?.code == .refused && cluster.with { $0.saved.sealed == nil })
    }
}
