import Basics
import EncryptionModel
import Orchestrator
import Testing
import Transition

/// What `encrypt status` says of servers that lost their argument.
@Suite struct StatusTests {
    private let encrypted = Wanted.managed(ManagedEncryption())
    private static let danger =
        "kube-apiserver runs without the provider config: it can't read what is stored encrypted,"
        + " and stores in plaintext what is to be encrypted. Whoever writes its arguments anew (an"
        + " upgrade by kubeadm, minikube start, rke up) takes that one away; orchestrator up brings"
        + " it back"

    private func run(_ cluster: FakeCluster, _ goal: Goal) async throws {
        _ = try await Workflow(ports: cluster.ports, grace: .zero) { _ in }.run(goal)
    }

    private func status(
        _ cluster: FakeCluster, _ wanted: Wanted? = nil
    ) async throws -> StatusReport {
        try await Status(ports: cluster.ports, wanted: wanted ?? encrypted).run()
    }

    private func lose(_ servers: Range<Int>, of cluster: FakeCluster) {
        cluster.with { state in
            state.isBroken = true
            for index in servers { state.servers[index].config = nil }
        }
    }

    @Test("one server's argument gone, the danger named in status and verify, and what mends it")
    func one() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        lose(1..<2, of: cluster)
        let report = try await status(cluster)
        #expect(report.findings.first == "n1: \(Self.danger)")
        #expect(report.findings.count == 2 && !report.isAsItShouldBe)
        #expect(report.next == ["orchestrator up"])
        let verification = try await Verification(ports: cluster.ports, configured: [.secrets])
            .run()
        #expect(verification.findings.contains("n1: \(Self.danger)"))
        // The record may be lost as well: what the others run with says enough.
        let recorded = cluster.with { state in
            defer { state.configs = nil }
            return state.configs
        }
        #expect(try await status(cluster).findings.contains("n1: \(Self.danger)"))
        cluster.with { ($0.configs, $0.isBroken) = (recorded, false) }
        try await run(cluster, .converge(encrypted))
        #expect(try await status(cluster).findings.isEmpty)
    }

    @Test("all arguments gone, each server named by what is recorded; nothing recorded, none")
    func all() async throws {
        let cluster = FakeCluster(servers: 2)
        try await run(cluster, .converge(encrypted))
        lose(0..<2, of: cluster)
        let findings = try await status(cluster).findings
        #expect(findings.prefix(2) == ["n0: \(Self.danger)", "n1: \(Self.danger)"])
        #expect(try await status(FakeCluster()).findings == ["cluster.yml wants encryption"])
    }

    @Test("on the way to encryption and back, no server told of that only has its turn to come")
    func underWay() async throws {
        for (before, goal) in [
            ([], Goal.converge(encrypted)), ([Goal.converge(encrypted)], .converge(.plaintext)),
        ] {
            for cut in 1...40 {
                let cluster = FakeCluster(objects: 2)
                for goal in before { try await run(cluster, goal) }
                cluster.with { ($0.effects, $0.failingEffect) = (0, cut) }
                do {
                    try await run(cluster, goal)
                    break
                } catch {}
                let findings = try await status(cluster, .plaintext).findings
                #expect(!findings.contains { $0.contains("stored encrypted") }, "cut \(cut)")
            }
        }
    }

    @Test("an argument lost in the middle of disabling, while encrypted values may be left: named")
    func lostMeanwhile() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        cluster.with { ($0.effects, $0.failingEffect) = (0, 12) }
        await #expect(throws: Fault.self) { try await run(cluster, .converge(.plaintext)) }
        #expect(cluster.with { $0.saved.operation?.stage } == .write)
        lose(2..<3, of: cluster)
        #expect(try await status(cluster, .plaintext).findings.contains("n2: \(Self.danger)"))
    }

    @Test("a server that is merely down, its log named and not a command that would refuse")
    func merelyDown() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        cluster.with { $0.servers[1].isReady = false }
        #expect(
            try await status(cluster).next
                == ["mend the API server on n1 (its log on the node: docker logs kube-apiserver)"])
    }

    @Test("a file that no server reads and nobody wants, what to do with it")
    func abandonedFile() async throws {
        let cluster = FakeCluster()
        let key = try LocalKey.generate(provider: .aescbc, name: "left")
        cluster.with { $0.servers[1].abandoned = [key] }
        let report = try await status(cluster, .plaintext)
        #expect(report.findings.count == 1 && report.next.count == 1)
        #expect(report.next.first?.contains("keep a copy of the provider config on n1") == true)
        #expect(try await status(cluster, encrypted).next == ["orchestrator up"])
    }

    @Test("a restore under way, status and verify name what goes on with it")
    func restoring() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        let deployed = cluster.with { $0.servers[0].config }
        cluster.with { state in
            state.saved.restore = Restore(
                id: "ab12", snapshot: "s", hash: "5eed", started: Timestamp(seconds: 1),
                deployed: deployed, reading: deployed)
        }
        let verification = try await Verification(ports: cluster.ports, configured: [.secrets])
            .run()
        #expect(verification.next == (try await status(cluster).next))
        #expect(verification.next.first?.hasPrefix("orchestrator etcd snapshot-restore") == true)
        #expect(!verification.isAsItShouldBe)
    }

    @Test("a server that reloads and hasn't yet, told as that")
    func pushed() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        cluster.with { state in
            state.servers[0].reloading = .available
            state.servers[0].seen = state.servers[0].config.map { .notLoaded($0) }
        }
        #expect(
            try await status(cluster).findings.first
                == "n0: the API server hasn't loaded the provider config yet that lies there; it"
                + " looks once a minute")
    }
}
