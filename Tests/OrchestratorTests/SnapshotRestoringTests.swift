import Basics
import EncryptionModel
import Orchestrator
import Testing
import Transition

/// Restores on a cluster in memory, cut off before and after each of their effects.
@Suite struct SnapshotRestoringTests {
    private let encrypted = Wanted.managed(ManagedEncryption())

    private struct Bench {
        let cluster: FakeCluster
        let fake: FakeRestore
        let restoring: SnapshotRestoring
        let deployed: ProviderConfig?

        var objects: [String: FakeCluster.Object] { cluster.with { $0.objects } }
    }

    /// A cluster under its second key (or under none), with a restore recorded of a snapshot of
    /// when it was under its first.
    private func bench(disabled: Bool) async throws -> Bench {
        let cluster = FakeCluster(objects: 3)
        func run(_ goal: Goal) async throws {
            _ = try await Workflow(ports: cluster.ports, grace: .zero) { _ in }.run(goal)
        }
        try await run(.converge(encrypted))
        let snapshot = cluster.with { $0.objects }
        let first = try #require(cluster.with { $0.servers[0].config?.keys.first })
        try await run(.rotateKey(configured: encrypted))
        if disabled { try await run(.converge(.plaintext)) }
        cluster.with { $0.objects["default/later"] = $0.objects["default/s0"] }
        let deployed = cluster.with { $0.servers[0].config }
        let fake = FakeRestore(cluster, restored: snapshot)
        let counts = [
            GroupResource.secrets: [ProviderEntry.key(first).storedForm: snapshot.count]
        ]
        cluster.with { state in
            state.saved.restore = Restore(
                id: "ab12", snapshot: "s", hash: fake.hash, started: Timestamp(seconds: 1),
                deployed: deployed,
                reading: .reading(counts, under: [first], besides: deployed))
        }
        return Bench(
            cluster: cluster, fake: fake,
            restoring: SnapshotRestoring(
                ports: cluster.ports, snapshots: fake, restoring: fake, report: { _ in }),
            deployed: deployed)
    }

    private func expectRestored(_ bench: Bench) {
        #expect(Set(bench.objects.keys) == ["default/s0", "default/s1", "default/s2"])
        let writer = bench.deployed.chain(for: GroupResource.secrets).writer
        #expect(bench.objects.values.allSatisfy { $0.writer == writer })
        expectAtRest(bench, data: .restored)
    }

    private func expectPutBack(_ bench: Bench) {
        #expect(bench.objects["default/later"] != nil && bench.objects.count == 4)
        expectAtRest(bench, data: .former)
    }

    private func expectAtRest(_ bench: Bench, data: FakeRestore.Data) {
        #expect(
            bench.fake.data.values.allSatisfy {
                $0.inForce == data && $0.isRunning && !$0.former && !$0.prepared
            })
        bench.cluster.with { state in
            #expect(state.saved.restore == nil && state.saved.operation == nil)
            #expect(state.servers.allSatisfy { $0.isReady && $0.config == bench.deployed })
            let active = state.saved.keys.filter { $0.retired == nil }.map(\.key)
            #expect(active == (bench.deployed?.keys ?? []))
        }
    }

    @Test("undisturbed, the snapshot's objects under the key in force", arguments: [false, true])
    func undisturbed(disabled: Bool) async throws {
        let bench = try await bench(disabled: disabled)
        let result = try await bench.restoring.resume()
        expectRestored(bench)
        #expect(result.readMeanwhile.count == 1 && result.snapshot == "s")
    }

    @Test(
        "cut off at every effect, on either side of it, and run again: the same end",
        arguments: [false, true])
    func everyCut(after: Bool) async throws {
        for disabled in [false, true] {
            var cut = 1
            while true {
                let bench = try await bench(disabled: disabled)
                bench.cluster.with {
                    ($0.effects, $0.failingEffect, $0.failsAfterwards) = (0, cut, after)
                }
                let wasCut = await fails { _ = try await bench.restoring.resume() }
                bench.cluster.with { $0.failingEffect = nil }
                if !wasCut { break }
                // Cut off after its last save it is over.
                if bench.cluster.with({ $0.saved.restore != nil }) {
                    _ = try await bench.restoring.resume()
                }
                expectRestored(bench)
                cut += 1
            }
            #expect(cut > 30)
        }
    }

    @Test("cut off at every effect and given up, cut off once more on the way: as it was before")
    func givenUp() async throws {
        var (cut, putBack) = (1, 0)
        while true {
            let bench = try await bench(disabled: false)
            bench.cluster.with { ($0.effects, $0.failingEffect) = (0, cut) }
            let wasCut = await fails { _ = try await bench.restoring.resume() }
            if !wasCut { break }
            bench.cluster.with { ($0.effects, $0.failingEffect) = (0, 1 + cut % 9) }
            let isOver = bench.cluster.with { $0.saved.restore?.phase == .cleaning }
            let wasCutAgain = await fails { _ = try await bench.restoring.giveUp() }
            bench.cluster.with { $0.failingEffect = nil }
            if isOver {
                #expect(wasCutAgain)
                _ = try await bench.restoring.resume()
                expectRestored(bench)
            } else {
                if wasCutAgain, bench.cluster.with({ $0.saved.restore != nil }) {
                    _ = try await bench.restoring.giveUp()
                }
                expectPutBack(bench)
                putBack += 1
            }
            cut += 1
        }
        #expect(putBack > 25)
    }

    @Test("another run alive elsewhere, refused before anything is prepared")
    func otherOperator() async throws {
        let bench = try await bench(disabled: false)
        bench.cluster.with { $0.lease.refusal = Fault(.refused, "bob@elsewhere is at work") }
        let refused = await fails { _ = try await bench.restoring.resume() }
        #expect(refused && bench.fake.data.values.allSatisfy { !$0.prepared && $0.isRunning })
    }

    @Test("a node with a key that the state file lacks, refused before anything is prepared")
    func unknownKey() async throws {
        let bench = try await bench(disabled: false)
        let theirs = try LocalKey.generate(provider: .aescbc, name: "theirs")
        bench.cluster.with { state in
            state.servers[1].config = ProviderConfig(
                rules: [.init(resources: [.secrets], chain: Chain([.key(theirs), .identity]))])
        }
        do {
            _ = try await bench.restoring.resume()
            Issue.record("it was restored")
        } catch {
            let fault = Fault(error)
            #expect(fault.node == "n1" && fault.message.contains(theirs.fingerprint.hex))
        }
        #expect(bench.fake.data.values.allSatisfy { !$0.prepared && $0.isRunning })
        #expect(bench.cluster.with { $0.servers[1].config?.keys } == [theirs])
    }

    @Test("a node with a file that can't be understood, refused before anything is prepared")
    func unclearFile() async throws {
        let bench = try await bench(disabled: false)
        bench.cluster.with { $0.servers[1].seen = .unclear("an unknown field") }
        let fault = await #expect(throws: Fault.self) { _ = try await bench.restoring.resume() }
        #expect(fault?.code == .refused && fault?.node == "n1")
        #expect(bench.fake.data.values.allSatisfy { !$0.prepared && $0.isRunning })
    }

    @Test("a server that serves with another config than is recorded, refused before the snapshot")
    func drifted() async throws {
        let bench = try await bench(disabled: false)
        bench.cluster.with { state in
            state.saved.restore = nil
            state.isBroken = true
            state.servers[1].config = nil
        }
        let fault = await #expect(throws: Fault.self) { _ = try await bench.restoring.check("s") }
        #expect(fault?.code == .refused)
        #expect(fault?.message.contains("n1: no provider config") == true)
        #expect(fault?.hint?.contains("orchestrator up brings them together") == true)
    }

    @Test("a snapshot looked at while another is being restored, refused with what goes on")
    func checkedMeanwhile() async throws {
        let bench = try await bench(disabled: false)
        let fault = await #expect(throws: Fault.self) { _ = try await bench.restoring.check("t") }
        #expect(fault?.code == .refused)
        #expect(fault?.message.contains("the snapshot s is being restored") == true)
    }

    @Test("cut off while everything is stopped, up says what is the matter and touches nothing")
    func upMeanwhile() async throws {
        let bench = try await bench(disabled: false)
        bench.cluster.with { state in
            state.saved.restore?.phase = .swapping
            state.isDown = true
            for index in state.servers.indices { state.servers[index].isReady = false }
            state.effects = 0
        }
        for goal in [Goal.converge(encrypted), .rotateKey(configured: encrypted), .abort] {
            let fault = await #expect(throws: Fault.self) {
                _ = try await Workflow(ports: bench.cluster.ports) { _ in }.run(goal)
            }
            #expect(fault?.code == .refused)
            #expect(fault?.message.contains("the snapshot s is being restored") == true)
        }
        #expect(bench.cluster.with { $0.effects } == 0)
    }

    @Test("another snapshot asked for, or one given up asked for again: refused")
    func another() async throws {
        let bench = try await bench(disabled: false)
        #expect(try await bench.restoring.unfinished(nil)?.snapshot == "s")
        #expect(try await bench.restoring.unfinished("s")?.snapshot == "s")
        let refused = await fails { _ = try await bench.restoring.unfinished("t") }
        bench.cluster.with { $0.saved.restore?.phase = .returning }
        let returning = await fails { _ = try await bench.restoring.unfinished("s") }
        #expect(refused && returning)
    }

    /// Whether it throws anything but what must never be.
    private func fails(_ body: () async throws -> Void) async -> Bool {
        do {
            try await body()
            return false
        } catch {
            #expect(!"\(error)".contains("UNSAFE"), "\(error)")
            return true
        }
    }
}
