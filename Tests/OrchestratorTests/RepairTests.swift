import Basics
import EncryptionModel
import Orchestrator
import Testing
import Transition

/// Drift is mended, adopted or refused; never believed blindly.
@Suite struct RepairTests {
    private let encrypted = Wanted.managed(ManagedEncryption())

    @discardableResult
    private func run(_ cluster: FakeCluster, _ goal: Goal) async throws -> WorkflowReport {
        try await Workflow(ports: cluster.ports, grace: .zero) { _ in }.run(goal)
    }

    private func refusal(_ cluster: FakeCluster, _ goal: Goal) async -> Fault? {
        let before = cluster.with { $0.servers.map(\.restarts) }
        let fault = await #expect(throws: Fault.self) { try await run(cluster, goal) }
        #expect(fault?.code == .refused)
        #expect(cluster.with { $0.servers.map(\.restarts) } == before)
        return fault
    }

    private func expectEncrypted(_ cluster: FakeCluster) {
        let configs = cluster.with { $0.servers.map(\.config) }
        #expect(Set(configs).count == 1)
        let writer = configs[0].chain(for: ResourcePattern.secrets).writer
        #expect(writer.localKey != nil)
        #expect(cluster.with { $0.objects.values.allSatisfy { $0.writer == writer } })
        #expect(cluster.with { $0.saved.operation == nil })
    }

    private static let drifts: [NodeObservation.Running?] = [
        .unconfigured, .fileMissing(path: "/etc/kubernetes/ssl/encryption.yaml"), nil,
    ]

    @Test(
        "an argument lost, a file missing or a file altered on one node, mended and rewritten",
        arguments: drifts, [true, false])
    func mended(drift: NodeObservation.Running?, isReady: Bool) async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        cluster.with { state in
            let altered = state.servers[1].config.map { config in
                ProviderConfig(
                    rules: config.rules.map {
                        .init(resources: $0.resources, chain: Chain($0.chain.entries.reversed()))
                    })
            }
            state.servers[1].seen = drift ?? altered.map { .notLoaded($0) }
            state.servers[1].isReady = isReady
            if drift == .unconfigured {
                state.servers[1].config = nil
                state.objects["default/new"] = .init(writer: .identity, version: 999)
                state.revision = 1000
            }
        }
        let before = cluster.with { $0.servers.map(\.restarts) }
        let keys = cluster.with { $0.saved.keys }
        let report = try await run(cluster, .converge(encrypted))
        #expect(report.operations.map(\.operation.kind) == [.repair])
        expectEncrypted(cluster)
        #expect(cluster.with { $0.saved.keys } == keys)
        let after = cluster.with { $0.servers.map(\.restarts) }
        #expect(after[0] == before[0] && after[2] == before[2], "the others are left alone")
        #expect(try await run(cluster, .converge(encrypted)).operations.isEmpty)
    }

    @Test("a server that is down with all that it should have, refused and left alone")
    func merelyDown() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        cluster.with { state in
            state.servers[1].seen = state.servers[1].config.map { .notLoaded($0) }
            state.servers[1].isReady = false
        }
        for goal in [Goal.converge(encrypted), .rotateKey(configured: encrypted)] {
            let fault = await refusal(cluster, goal)
            #expect(fault?.node == "n1" && fault?.message.contains("isn't ready") == true)
            #expect(
                fault?.hint?.contains("(its log on the node: docker logs kube-apiserver)") == true)
        }
        cluster.with { $0.servers[1].isReady = true }
        let report = try await run(cluster, .converge(encrypted))
        #expect(report.operations.map(\.operation.kind) == [.repair], "a file that was touched")
    }

    @Test("all arguments lost while encrypted values are stored, brought back under the known key")
    func allLost() async throws {
        for wanted in [encrypted, .plaintext] {
            let cluster = FakeCluster()
            try await run(cluster, .converge(encrypted))
            cluster.with { state in
                state.isBroken = true
                for index in state.servers.indices { state.servers[index].config = nil }
            }
            let report = try await run(cluster, .converge(wanted))
            #expect(report.operations.first?.operation.kind == .repair)
            if wanted == encrypted {
                expectEncrypted(cluster)
            } else {
                #expect(cluster.with { $0.objects.values.allSatisfy { $0.writer == .identity } })
            }
            #expect(cluster.with { $0.saved.keys.count } == 1)
        }
    }

    @Test("disabled by hand everywhere, believed because etcd has only plaintext")
    func disabledByHand() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        cluster.with { state in
            for index in state.servers.indices { state.servers[index].config = nil }
            for name in state.objects.keys { state.objects[name]?.writer = .identity }
        }
        let report = try await run(cluster, .converge(.plaintext))
        #expect(report.operations.isEmpty)
        #expect(cluster.with { $0.configs?.current } == nil)
    }

    @Test("a node with a key that nobody here knows, refused and named by fingerprint")
    func unknownKey() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        let foreign = try LocalKey.generate(provider: .aescbc, name: "foreign")
        let config = ProviderConfig(rules: [
            .init(resources: [.secrets], chain: Chain([.key(foreign), .identity]))
        ])
        cluster.with { $0.servers[2].seen = .notLoaded(config) }
        let fault = await refusal(cluster, .converge(encrypted))
        #expect(fault?.node == "n2")
        #expect(fault?.message.contains(foreign.fingerprint.hex) == true)
    }

    @Test("rotated by hand on all nodes, adopted with the key; later drift is mended with it")
    func adopted() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        let theirs = try LocalKey.generate(provider: .aescbc, name: "theirs")
        let config = ProviderConfig(rules: [
            .init(resources: [.secrets], chain: Chain([.key(theirs), .identity]))
        ])
        cluster.with { state in
            for index in state.servers.indices { state.servers[index].config = config }
            for name in state.objects.keys { state.objects[name]?.writer = .key(theirs) }
        }
        #expect(try await run(cluster, .converge(encrypted)).operations.isEmpty)
        let record = cluster.with { $0.saved.keys.last }
        #expect(record?.key == theirs && record?.createdBy == KeyRecord.adopted)
        cluster.with { $0.servers[0].config = nil }
        let report = try await run(cluster, .converge(encrypted))
        #expect(report.operations.map(\.operation.kind) == [.repair])
        expectEncrypted(cluster)
        #expect(cluster.with { $0.servers.allSatisfy { $0.config == config } })
    }

    @Test("state file lost, rebuilt from the nodes; where they disagree, refused with how")
    func stateLost() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        let keys = cluster.with { $0.saved.keys.map(\.key) }
        cluster.with { state in
            (state.saved, state.configs) = (Journal(), nil)
            state.servers[0].seen = .unconfigured
        }
        let fault = await refusal(cluster, .converge(encrypted))
        #expect(fault?.message.contains("n0: no provider config") == true)
        #expect(fault?.message.contains("n1: secrets: aescbc") == true)
        cluster.with { $0.servers[0].seen = nil }
        #expect(try await run(cluster, .converge(encrypted)).operations.isEmpty)
        #expect(cluster.with { $0.saved.keys.map(\.key) } == keys)
        try await run(cluster, .rotateKey(configured: encrypted))
        #expect(cluster.with { $0.saved.keys.first?.retired } != nil)
        expectEncrypted(cluster)
    }

    @Test("state file lost in the middle of a rotation, led to an end by the first key")
    func stateLostInRotation() async throws {
        for cut in [8, 12, 16] {
            let cluster = FakeCluster(objects: 6)
            try await run(cluster, .converge(encrypted))
            cluster.with { ($0.effects, $0.failingEffect) = (0, cut) }
            await #expect(throws: Fault.self) {
                try await run(cluster, .rotateKey(configured: encrypted))
            }
            let configs = cluster.with { Set($0.servers.map(\.config)) }
            cluster.with { ($0.saved, $0.configs) = (Journal(), nil) }
            if configs.count > 1 {
                _ = await refusal(cluster, .converge(encrypted))
            } else {
                try await run(cluster, .converge(encrypted))
                expectEncrypted(cluster)
                #expect(cluster.with { $0.servers.allSatisfy { $0.config?.keys.count == 1 } })
            }
        }
    }

    /// Enabling on one node, cut in the middle of the first restart.
    private func cutWithItsServerDown() async throws -> FakeCluster {
        let cluster = FakeCluster(servers: 1)
        cluster.with { $0.failingEffect = 4 }
        await #expect(throws: Fault.self) { try await run(cluster, .converge(encrypted)) }
        cluster.with { state in
            state.servers[0].isReady = false
            state.isDown = true
        }
        return cluster
    }

    @Test("the only server down in the middle of an operation, mended before the API is asked")
    func onlyServerDown() async throws {
        let cluster = try await cutWithItsServerDown()
        try await run(cluster, .converge(encrypted))
        expectEncrypted(cluster)
    }

    @Test("the only server down in the middle of an operation, given up and mended on the way back")
    func onlyServerDownAborted() async throws {
        let cluster = try await cutWithItsServerDown()
        let plan = try await Workflow(ports: cluster.ports) { _ in }.plan(.abort)
        #expect(plan.operations.map(\.kind) == [.abort])
        try await run(cluster, .abort)
        #expect(cluster.with { $0.servers[0].config } == nil)
        #expect(cluster.with { $0.saved.operation } == nil)
    }

    @Test("the only server comes back by itself, nothing is done before the Lease is held")
    func comesBack() async throws {
        let cluster = try await cutWithItsServerDown()
        cluster.with { $0.lease.effectsWithout = [] }
        let back = Task {
            try await Task.sleep(for: .milliseconds(200))
            cluster.with { state in
                state.servers[0].isReady = true
                state.isDown = false
            }
        }
        _ = try await Workflow(ports: cluster.ports, grace: .seconds(20)) { _ in }
            .run(.converge(encrypted))
        try await back.value
        #expect(cluster.with { $0.lease.effectsWithout } == [])
        expectEncrypted(cluster)
    }

    @Test("no server answers and nothing is unfinished, a fault and nothing touched")
    func allDown() async throws {
        let cluster = FakeCluster(servers: 1)
        cluster.with { state in
            state.servers[0].isReady = false
            state.isDown = true
        }
        let fault = await #expect(throws: Fault.self) {
            try await run(cluster, .converge(encrypted))
        }
        #expect(fault?.code == .unreachable && fault?.message == "connection refused")
        #expect(cluster.with { $0.effects } == 0)
        cluster.with { $0.servers[0].seen = .fileMissing(path: "/etc/e.yaml") }
        let lost = await #expect(throws: Fault.self) {
            try await run(cluster, .converge(encrypted))
        }
        #expect(lost?.code == .refused && lost?.message.contains("isn't ready on n0") == true)
        #expect(lost?.hint?.contains("n0: /etc/e.yaml") == true)
        #expect(lost?.hint?.contains("currentState.encryptionConfig") == true)
    }
}
