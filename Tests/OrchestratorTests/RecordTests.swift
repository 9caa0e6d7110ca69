import Basics
import EncryptionModel
import Orchestrator
import Testing
import Transition

/// What the state file says, against what the nodes say: neither is dropped without proof.
@Suite struct RecordTests {
    private let encrypted = Wanted.managed(ManagedEncryption())

    @discardableResult
    private func run(_ cluster: FakeCluster, _ goal: Goal) async throws -> WorkflowReport {
        try await Workflow(ports: cluster.ports, grace: .zero) { _ in }.run(goal)
    }

    private func config(_ key: LocalKey) -> ProviderConfig {
        ProviderConfig(rules: [
            .init(resources: [.secrets], chain: Chain([.key(key), .identity]))
        ])
    }

    @Test(
        "abort with nothing unfinished on a cluster that has drifted, record and copy are left alone",
        arguments: [
            NodeObservation.Running.unconfigured, .fileMissing(path: "/e"), .unclear("torn"),
        ], [1, 3])
    func abort(drift: NodeObservation.Running, drifted: Int) async throws {
        let cluster = FakeCluster()
        cluster.with { $0.copy = StateConfigs(desired: nil, current: nil) }
        try await run(cluster, .converge(encrypted))
        cluster.with { state in
            for index in 0..<drifted { state.servers[index].seen = drift }
        }
        let before = cluster.with { ($0.saved, $0.configs, $0.copy, $0.effects) }
        #expect(try await run(cluster, .abort).operations.isEmpty)
        let after = cluster.with { ($0.saved, $0.configs, $0.copy, $0.effects) }
        #expect(before == after)
    }

    @Test("a rotation on a cluster that has drifted, repaired first and rotated then; planned so")
    func rotateAfterDrift() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        let first = cluster.with { $0.saved.keys.map(\.key) }
        cluster.with { $0.servers[1].config = nil }
        let goal = Goal.rotateKey(configured: encrypted)
        let plan = try await Workflow(ports: cluster.ports) { _ in }.plan(goal)
        #expect(plan.operations.map(\.kind) == [.repair, .rotateKey])
        let report = try await run(cluster, goal)
        #expect(report.operations.map(\.operation.kind) == [.repair, .rotateKey])
        #expect(cluster.with { state in state.servers.allSatisfy { $0.config?.keys != first } })
        #expect(try await run(cluster, .converge(encrypted)).operations.isEmpty)
    }

    @Test(
        "keys that only RKE's members of the state file have, archived before they are overwritten")
    func recordedKeys() async throws {
        let (old, deployed) = (
            try LocalKey.generate(provider: .aescbc, name: "old"),
            try LocalKey.generate(provider: .aescbc, name: "deployed")
        )
        for goal in [Goal.converge(encrypted), .rotateKey(configured: encrypted)] {
            let cluster = FakeCluster()
            cluster.with { state in
                state.configs = StateConfigs(desired: config(old), current: config(old))
                for index in state.servers.indices {
                    state.servers[index].config = config(deployed)
                }
                for name in state.objects.keys { state.objects[name]?.writer = .key(deployed) }
            }
            try await run(cluster, goal)
            let record = cluster.with { $0.saved.keys.first { $0.key == old } }
            #expect(record?.retired != nil)
            #expect(cluster.with { $0.saved.keys.contains { $0.key == deployed } })
        }
    }

    @Test("the same config under the same key's name with another secret, refused as unknown")
    func namesake() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        let name = try #require(cluster.with { $0.saved.keys.first?.key.name })
        let impostor = try LocalKey.generate(provider: .aescbc, name: name)
        cluster.with { state in
            for index in state.servers.indices { state.servers[index].config = config(impostor) }
        }
        let before = cluster.with { ($0.saved, $0.configs) }
        let fault = await #expect(throws: Fault.self) {
            try await run(cluster, .converge(encrypted))
        }
        #expect(fault?.code == .refused)
        #expect(fault?.message.contains(impostor.fingerprint.hex) == true)
        #expect(cluster.with { ($0.saved, $0.configs) } == before)
    }

    @Test("a retired key put back on all nodes with its values, in use again and not retired")
    func backInUse() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        let first = try #require(cluster.with { $0.servers[0].config })
        try await run(cluster, .rotateKey(configured: encrypted))
        cluster.with { state in
            for index in state.servers.indices { state.servers[index].config = first }
            for name in state.objects.keys {
                state.objects[name]?.writer = first.rules[0].chain.writer
            }
        }
        #expect(try await run(cluster, .converge(encrypted)).operations.isEmpty)
        let inUse = cluster.with { $0.saved.keys.filter { $0.retired == nil }.map(\.key) }
        #expect(inUse == first.keys)
    }

    @Test("values under a key of our own archive that no server has, refused and the key named")
    func archivedKey() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        let first = try #require(cluster.with { $0.saved.keys.first?.key })
        try await run(cluster, .rotateKey(configured: encrypted))
        cluster.with { $0.objects["default/restored"] = .init(writer: .key(first), version: 2) }
        let fault = await #expect(throws: Fault.self) {
            try await run(cluster, .converge(.plaintext))
        }
        #expect(fault?.code == .refused)
        #expect(fault?.hint?.contains("The archive in the state file has") == true)
        #expect(fault?.hint?.contains(first.fingerprint.hex) == true)
    }

    @Test(
        "a copy of a former config left beside the present one, told by status and gone after a rotation"
    )
    func leftover() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        cluster.with { $0.servers[1].hasLeftovers = true }
        let status = try await Status(ports: cluster.ports, wanted: encrypted).run()
        #expect(status.findings.count == 1 && status.findings[0].hasPrefix("n1: an interrupted"))
        try await run(cluster, .rotateKey(configured: encrypted))
        let after = try await Status(ports: cluster.ports, wanted: encrypted).run()
        #expect(after.findings.isEmpty)
    }
}
