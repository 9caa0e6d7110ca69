import Basics
import EncryptionModel
import Testing

@testable import Transition

@Suite struct RestoreTests {
    private static let resources: [GroupResource] = [
        .secrets, GroupResource(resource: "configmaps"),
        GroupResource(resource: "widgets", group: "example.org"),
    ]

    @Test(
        "every chain in force and every chain that a snapshot was written under: all of it is read")
    func reading() {
        for chain in [nil] + Sample.chains(upTo: 3).map(Optional.some) {
            let deployed = chain.map { Sample.config($0) }
            for written in Sample.chains(upTo: 3) {
                let counts = Dictionary(
                    uniqueKeysWithValues: Self.resources.map { resource in
                        (
                            resource,
                            Dictionary(
                                uniqueKeysWithValues: written.entries.map { ($0.storedForm, 3) })
                        )
                    })
                let reading = ProviderConfig.reading(
                    counts, under: written.keys, besides: deployed)
                for resource in Self.resources {
                    for entry in written.entries {
                        #expect(reading.reads(entry, of: ResourcePattern(resource)))
                    }
                }
                // Written as before.
                #expect(
                    reading.chain(for: GroupResource.secrets).writer
                        == deployed.chain(for: GroupResource.secrets).writer)
            }
        }
    }

    @Test("nothing that isn't read already, the same config; nothing encrypted at all, none")
    func nothingToAdd() {
        let deployed = Sample.config(Chain([.key(Sample.key("k1")), .identity]))
        let counts: [GroupResource: [StoredForm: Int]] = [.secrets: [.plaintext: 3]]
        #expect(ProviderConfig.reading(counts, under: [], besides: deployed) == deployed)
        #expect(ProviderConfig.reading(counts, under: [], besides: nil) == nil)
    }

    @Test("a wildcard in force decides what it matches, and no rule is made before it")
    func wildcard() throws {
        let deployed = ProviderConfig(rules: [
            .init(resources: [ResourcePattern("*.*")], chain: Chain([.key(Sample.key("k2"))]))
        ])
        let key = Sample.key("k1")
        let counts = [GroupResource.secrets: [ProviderEntry.key(key).storedForm: 1]]
        let reading = try #require(
            ProviderConfig.reading(counts, under: [key], besides: deployed))
        #expect(reading.patterns == [ResourcePattern("*.*")])
        #expect(reading.chain(for: ResourcePattern.secrets).keys == [Sample.key("k2"), key])
    }

    @Test("while a snapshot is being restored, whatever else is asked for is refused")
    func refused() {
        var journal = Journal()
        journal.restore = Restore(
            id: "r", snapshot: "s", hash: "", started: Sample.time, deployed: nil, reading: nil)
        let observed = Observation(
            nodes: [NodeObservation(node: "n", running: .unconfigured, isReady: true)],
            stored: .notInspected, recorded: .known(nil))
        for goal in [
            Goal.converge(Sample.managed), .rotateKey(configured: Sample.managed), .rewrite, .abort,
        ] {
            let decision = decide(journal: journal, observed: observed, goal: goal)
            guard case .refuse(.restoring) = decision else {
                Issue.record("\(goal): \(decision)")
                continue
            }
        }
        #expect(decide(journal: journal, observed: observed, goal: .restore) == .done)
    }

    @Test("a snapshot needs a key that an operation takes away, told; one that stays, not")
    func needed() {
        let (old, new) = (Sample.key("k1"), Sample.key("k2"))
        func record(_ name: String, _ keys: [LocalKey]) -> SnapshotRecord {
            SnapshotRecord(
                name: name, taken: Sample.time, hash: "", size: 0, revision: 1, etcdVersion: nil,
                kubernetesVersion: nil, clusterUID: nil, nodes: [], counts: [:],
                neededKeys: keys.map(\.fingerprint.hex), historyKeys: [], midst: nil)
        }
        let journal = Journal(snapshots: [
            record("a", [old]), record("b", [old, new]), record("c", [new]), record("d", []),
        ])
        let rotation = Transition.Operation(
            id: "1", kind: .rotateKey, started: Sample.time,
            from: Sample.config(Chain([.key(old), .identity])),
            to: Sample.config(Chain([.key(new), .identity])))
        let kept = journal.snapshots(neededAfter: rotation)
        #expect(kept.map(\.key) == [old])
        #expect(kept.first?.snapshots.map(\.name) == ["a", "b"])
    }
}
