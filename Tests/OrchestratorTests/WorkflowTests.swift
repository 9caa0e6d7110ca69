import Basics
import EncryptionModel
import Orchestrator
import Testing
import Transition

private let encrypted = Wanted.managed(ManagedEncryption())
private let aNight = Timestamp(seconds: 1_795_231_400)

private func run(_ cluster: FakeCluster, _ goal: Goal) async throws -> WorkflowReport {
    try await Workflow(
        ports: cluster.ports, clock: WallClock { aNight }, report: { _ in }
    ).run(goal)
}

private func forms(_ cluster: FakeCluster) -> [String: Int] {
    cluster.with { state in
        Dictionary(grouping: state.objects.values, by: { $0.writer.storedForm.description })
            .mapValues(\.count)
    }
}

@Suite struct WorkflowTests {
    @Test("plaintext and enabled in cluster.yml, everything under one new key")
    func enabling() async throws {
        let cluster = FakeCluster()
        let report = try await run(cluster, .converge(encrypted))
        let operation = try #require(report.operations.first)
        #expect(report.operations.count == 1 && operation.operation.kind == .enable)
        #expect(operation.stages.map(\.name) == [.read, .write])
        #expect(operation.stages.allSatisfy { $0.nodes.map(\.name) == ["n0", "n1", "n2"] })
        #expect(operation.rewrites.map(\.rewritten) == [10])
        let key = try #require(report.deployed?.keys.first)
        #expect(key.name.hasPrefix("key-20261121-") && key.secret.count == 32)
        #expect(forms(cluster) == ["k8s:enc:aescbc:v1:\(key.name):": 10])
        let journal = cluster.with { $0.saved }
        #expect(journal.operation == nil && journal.keys.map(\.key) == [key])
        #expect(journal.keys.allSatisfy { $0.retired == nil } && journal.clusterUID == "uid-1")
        #expect(cluster.with { $0.configs }?.current == report.deployed)
        #expect(cluster.with { $0.servers.map(\.restarts) } == [2, 2, 2])
    }

    @Test("asked a second time, nothing is done and nothing is written")
    func idempotence() async throws {
        let cluster = FakeCluster()
        _ = try await run(cluster, .converge(encrypted))
        let before = cluster.with { ($0.saves, $0.effects) }
        let report = try await run(cluster, .converge(encrypted))
        #expect(report.operations.isEmpty && report.deployed != nil)
        #expect(cluster.with { ($0.saves, $0.effects) } == before)
    }

    @Test("rotated, the old key is in the archive and nowhere else")
    func rotating() async throws {
        let cluster = FakeCluster()
        let old = try #require(try await run(cluster, .converge(encrypted)).deployed?.keys.first)
        let report = try await run(cluster, .rotateKey(configured: encrypted))
        let new = try #require(report.deployed?.keys.first)
        #expect(report.operations.map(\.operation.kind) == [.rotateKey] && new != old)
        #expect(report.operations.first?.stages.map(\.name) == [.read, .write, .final])
        #expect(report.operations.first?.retired == [old])
        #expect(cluster.with { $0.servers.allSatisfy { $0.config?.keys == [new] } })
        #expect(forms(cluster) == ["k8s:enc:aescbc:v1:\(new.name):": 10])
        let record = try #require(cluster.with { $0.saved }.keys.first { $0.key == old })
        #expect(record.retired == aNight && record.retiredBy != nil)
    }

    @Test("disabled, no config anywhere and everything plain; enabled again, another key")
    func disabling() async throws {
        let cluster = FakeCluster()
        let first = try await run(cluster, .converge(encrypted)).deployed
        let report = try await run(cluster, .converge(.plaintext))
        #expect(report.deployed == nil && report.operations.map(\.operation.kind) == [.disable])
        #expect(forms(cluster) == ["plaintext": 10])
        #expect(cluster.with { $0.servers.allSatisfy { $0.config == nil } })
        let again = try await run(cluster, .converge(encrypted)).deployed
        #expect(again != nil && again?.keys != first?.keys)
        #expect(cluster.with { $0.saved }.keys.count == 2)
    }

    @Test("cut at every effect of every workflow, the same command ends as if undisturbed")
    func everyCut() async throws {
        for afterwards in [false, true] {
            for goals in [
                [Goal.converge(encrypted)],
                [.converge(encrypted), .rotateKey(configured: encrypted)],
                [.converge(encrypted), .converge(.plaintext)],
            ] {
                var cut = 1
                while try await survivesCut(at: cut, afterwards: afterwards, goals) { cut += 1 }
                #expect(cut > 20)
            }
        }
    }

    /// False: there is no such effect, the run was over before.
    private func survivesCut(at cut: Int, afterwards: Bool, _ goals: [Goal]) async throws -> Bool {
        let cluster = FakeCluster(objects: 4)
        for goal in goals.dropLast() { _ = try await run(cluster, goal) }
        let goal = try #require(goals.last)
        cluster.with {
            $0.effects = 0
            $0.failingEffect = cut
            $0.failsAfterwards = afterwards
        }
        do {
            _ = try await run(cluster, goal)
            return false
        } catch {
            let fault = Fault(error)
            #expect(fault.code == .unreachable && fault.hint?.contains("orchestrator") == true)
        }
        let wasFinished = cluster.with {
            $0.saved.operation == nil && $0.saved.history.count == goals.count
        }
        if !(goal.isRotationGoal && wasFinished) { _ = try await run(cluster, goal) }
        let writers = Set(forms(cluster).keys)
        let keys = cluster.with { $0.servers.map { $0.config?.keys ?? [] } }
        switch goal {
        case .converge(.plaintext):
            #expect(writers == ["plaintext"] && keys.allSatisfy(\.isEmpty), "cut \(cut)")
        default:
            #expect(Set(keys).count == 1 && keys.first?.count == 1, "cut \(cut)")
            #expect(writers == Set(keys[0].map { "k8s:enc:aescbc:v1:\($0.name):" }), "cut \(cut)")
        }
        #expect(cluster.with { $0.saved.operation == nil })
        return true
    }

    @Test("an object that can't be rewritten, both keys stay and the object is named")
    func stubbornObject() async throws {
        let cluster = FakeCluster()
        _ = try await run(cluster, .converge(encrypted))
        cluster.with { $0.stubborn = ["default/s3"] }
        let fault = await #expect(throws: Fault.self) {
            try await run(cluster, .rotateKey(configured: encrypted))
        }
        #expect(fault?.message.contains("default/s3: a webhook says no") == true)
        #expect(cluster.with { $0.servers.allSatisfy { $0.config?.keys.count == 2 } })
        cluster.with { $0.stubborn = [] }
        let report = try await run(cluster, .rotateKey(configured: encrypted))
        #expect(report.operations.map(\.wasResumed) == [true])
        #expect(cluster.with { $0.servers.allSatisfy { $0.config?.keys.count == 1 } })
    }

    @Test("a node that can't be reached, nothing happens and the node is named")
    func unreachableNode() async throws {
        let cluster = FakeCluster()
        cluster.with { $0.unreachable = "n1" }
        let fault = await #expect(throws: Fault.self) {
            try await run(cluster, .converge(encrypted))
        }
        #expect(fault?.node == "n1")
        #expect(
            fault?.hint == "Mend the network.\nNothing was changed. orchestrator up tries again.")
        #expect(cluster.with { $0.saves == 0 && $0.servers.allSatisfy { $0.restarts == 0 } })
    }

    @Test("a state file of another cluster, refused before anything is looked at")
    func otherCluster() async throws {
        let cluster = FakeCluster()
        cluster.with { $0.saved.clusterUID = "uid-2" }
        let fault = await #expect(throws: Fault.self) {
            try await run(cluster, .converge(encrypted))
        }
        #expect(fault?.code == .refused && fault?.message.contains("another cluster") == true)
        #expect(cluster.with { $0.effects } == 0)
    }

    @Test("an unused key in a file that will be overwritten, in the archive first")
    func abandonedKey() async throws {
        let cluster = FakeCluster()
        let forgotten = try LocalKey.generate(provider: .aescbc, name: "forgotten")
        cluster.with { $0.servers[1].abandoned = [forgotten] }
        _ = try await run(cluster, .converge(encrypted))
        let record = try #require(cluster.with { $0.saved }.keys.first { $0.key == forgotten })
        #expect(record.retired != nil)
    }

    @Test("a user without rights, nothing is begun")
    func noRights() async throws {
        let cluster = FakeCluster()
        cluster.with { $0.lacksRights = true }
        let fault = await #expect(throws: Fault.self) {
            try await run(cluster, .converge(encrypted))
        }
        #expect(fault?.code == .denied)
        #expect(cluster.with { $0.saves == 0 && $0.servers.allSatisfy { $0.restarts == 0 } })
    }

    @Test(
        "an API server that cluster.yml doesn't name, nothing is begun; where nobody tells, it is")
    func unlistedServer() async throws {
        let cluster = FakeCluster()
        cluster.with { $0.unlisted = 1 }
        let fault = await #expect(throws: Fault.self) {
            try await run(cluster, .converge(encrypted))
        }
        #expect(fault?.code == .refused && fault?.message.contains("cluster.yml names") == true)
        #expect(cluster.with { $0.saves == 0 && $0.servers.allSatisfy { $0.restarts == 0 } })
        cluster.with { $0.unlisted = nil }
        #expect(try await run(cluster, .converge(encrypted)).operations.count == 1)
    }

    @Test("a write under the old form that ends late, found by the evidence and rewritten")
    func lateWrite() async throws {
        let cluster = FakeCluster()
        cluster.with { $0.lateWrites = 1 }
        let report = try await run(cluster, .converge(encrypted))
        #expect(report.operations.first?.rewrites.count == 2)
        #expect(forms(cluster).count == 1 && forms(cluster)["plaintext"] == nil)
    }

    @Test("somebody who goes on writing otherwise, given up with everything readable")
    func endlessLateWrites() async throws {
        let cluster = FakeCluster()
        cluster.with { $0.lateWrites = 99 }
        let fault = await #expect(throws: Fault.self) {
            try await run(cluster, .converge(encrypted))
        }
        #expect(fault?.message.contains("default/late") == true)
        let chains = cluster.with { $0.servers.map { $0.config.chain(for: GroupResource.secrets) } }
        #expect(chains.allSatisfy { $0.contains(.identity) && $0.entries.count == 2 })
        cluster.with { $0.lateWrites = 0 }
        let report = try await run(cluster, .converge(encrypted))
        #expect(report.operations.first?.wasResumed == true && forms(cluster)["plaintext"] == nil)
    }

    @Test("a stop asked for, ended at a safe point and continued by the next run")
    func stopping() async throws {
        let cluster = FakeCluster()
        let stop = StopSignal()
        let workflow = Workflow(ports: cluster.ports, stop: stop) { event in
            if case .rolledOut(node: "n1", _, .read, _) = event { stop.request() }
        }
        let fault = await #expect(throws: Fault.self) {
            try await workflow.run(.converge(encrypted))
        }
        #expect(fault?.code == .interrupted)
        #expect(cluster.with { $0.servers.map(\.restarts) } == [1, 1, 0])
        let report = try await run(cluster, .converge(encrypted))
        #expect(report.operations.first?.wasResumed == true)
        #expect(cluster.with { $0.servers.map(\.restarts) } == [2, 2, 2])
    }

    @Test("cluster.yml says disabled while an enabling is unfinished, first forward, then back")
    func changedMind() async throws {
        let cluster = FakeCluster()
        cluster.with { $0.failingEffect = 5 }
        await #expect(throws: Fault.self) { try await run(cluster, .converge(encrypted)) }
        let report = try await run(cluster, .converge(.plaintext))
        #expect(report.operations.map(\.operation.kind) == [.enable, .disable])
        #expect(forms(cluster) == ["plaintext": 10] && report.deployed == nil)
    }
}

extension Goal {
    fileprivate var isRotationGoal: Bool {
        if case .rotateKey = self { true } else { false }
    }
}
