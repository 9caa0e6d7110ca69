import Basics
import EncryptionModel
import Testing
import Transition

@testable import Orchestrator

/// `orchestrator.etcd.evidence: api`: nothing is seen before, and only what was rewritten is proven.
@Suite struct APIEvidenceTests {
    private let encrypted = Wanted.managed(ManagedEncryption())

    private func ports(_ cluster: FakeCluster) -> Ports {
        Ports(
            controlPlane: cluster, kubernetes: cluster, evidence: APIEvidence(kubernetes: cluster),
            journal: cluster, lease: cluster, stateCopy: cluster)
    }

    @discardableResult
    private func run(_ cluster: FakeCluster, _ goal: Goal) async throws -> WorkflowReport {
        try await Workflow(ports: ports(cluster), grace: .zero) { _ in }.run(goal)
    }

    private func expectAll(_ cluster: FakeCluster, under config: ProviderConfig?) {
        let writer = config.chain(for: ResourcePattern.secrets).writer
        #expect(cluster.with { state in state.servers.allSatisfy { $0.config == config } })
        #expect(cluster.with { $0.objects.values.allSatisfy { $0.writer == writer } })
        #expect(cluster.with { $0.saved.operation } == nil)
    }

    @Test("enabled, rotated and disabled while clients write, all proven")
    func workflows() async throws {
        let cluster = FakeCluster()
        // Written under the new form before the watermark, so never stale.
        cluster.with { $0.writesBeforeWatermark = true }
        for goal in [
            Goal.converge(encrypted), .rotateKey(configured: encrypted), .converge(.plaintext),
        ] {
            let report = try await run(cluster, goal)
            #expect(report.operations.first?.evidence?.source == .api)
            expectAll(cluster, under: cluster.with { $0.servers[0].config })
        }
    }

    @Test("state file lost in the write stage of a rotation, no key leaves without a rewrite")
    func lostInRotation() async throws {
        let cluster = FakeCluster(objects: 6)
        try await run(cluster, .converge(encrypted))
        cluster.with { ($0.effects, $0.failingEffect) = (0, 15) }
        await #expect(throws: Fault.self) {
            try await run(cluster, .rotateKey(configured: encrypted))
        }
        #expect(cluster.with { Set($0.servers.map(\.config)).count } == 1, "all at one stage")
        #expect(cluster.with { $0.servers[0].config?.keys.count } == 2)
        cluster.with { ($0.saved, $0.configs, $0.failingEffect) = (Journal(), nil, nil) }
        try await run(cluster, .converge(encrypted))
        expectAll(cluster, under: cluster.with { $0.servers[0].config })
        #expect(cluster.with { $0.servers[0].config?.keys.count } == 1)
    }

    @Test("all servers lost the argument, what is recorded is brought back; no key is made")
    func allLost() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        let (config, keys) = cluster.with { ($0.servers[0].config, $0.saved.keys) }
        cluster.with { state in
            state.isBroken = true
            for index in state.servers.indices { state.servers[index].config = nil }
        }
        let report = try await run(cluster, .converge(encrypted))
        #expect(report.operations.map(\.operation.kind) == [.repair])
        expectAll(cluster, under: config)
        #expect(cluster.with { $0.saved.keys } == keys)
    }

    @Test("a key that nobody here knows on all servers, refused: nothing tells which is right")
    func unknownKey() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        let theirs = try LocalKey.generate(provider: .aescbc, name: "theirs")
        let config = ProviderConfig(rules: [
            .init(resources: [.secrets], chain: Chain([.key(theirs), .identity]))
        ])
        cluster.with { state in
            for index in state.servers.indices { state.servers[index].config = config }
        }
        let fault = await #expect(throws: Fault.self) {
            try await run(cluster, .converge(encrypted))
        }
        #expect(fault?.code == .refused)
        #expect(fault?.message.contains(theirs.fingerprint.hex) == true)
    }

    @Test("cut off in the final stage, written to with the former key, and continued: proven anew")
    func cutInFinalStage() async throws {
        let cluster = FakeCluster(objects: 4)
        try await run(cluster, .converge(encrypted))
        let report: EventHandler = { event in
            guard case .stageBegan(.final, _, _) = event else { return }
            cluster.with { ($0.failingEffect, $0.dies) = ($0.effects + 1, true) }
        }
        await #expect(throws: Fault.self) {
            try await Workflow(ports: ports(cluster), grace: .zero, report: report)
                .run(.rotateKey(configured: encrypted))
        }
        #expect(cluster.with { $0.saved.operation?.stage } == .final)
        // By a server that had yesterday's file for a while; it has today's again.
        cluster.with { state in
            (state.failingEffect, state.dies) = (nil, false)
            guard let former = state.saved.keys.first?.key else { return }
            state.revision += 1
            state.objects["default/late"] = .init(writer: .key(former), version: state.revision)
        }
        try await run(cluster, .rotateKey(configured: encrypted))
        expectAll(cluster, under: cluster.with { $0.servers[0].config })
    }

    @Test("one object that can't be rewritten, the old key stays")
    func stubborn() async throws {
        let cluster = FakeCluster()
        cluster.with { $0.stubborn = ["default/s3"] }
        await #expect(throws: Fault.self) { try await run(cluster, .converge(encrypted)) }
        #expect(cluster.with { $0.saved.operation } != nil)
        cluster.with { $0.stubborn = [] }
        try await run(cluster, .converge(encrypted))
        expectAll(cluster, under: cluster.with { $0.servers[0].config })
    }
}
