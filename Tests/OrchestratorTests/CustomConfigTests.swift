import Basics
import EncryptionModel
import Orchestrator
import Synchronization
import Testing
import Transition

@Suite struct CustomConfigTests {
    private let mine: LocalKey
    private let box: LocalKey

    init() throws {
        mine = try .generate(provider: .aescbc, name: "mine")
        box = try .generate(provider: .secretbox, name: "box")
    }

    private func config(_ entries: ProviderEntry...) -> ProviderConfig {
        ProviderConfig(rules: [.init(resources: [.secrets], chain: Chain(entries))])
    }

    @discardableResult
    private func run(
        _ cluster: FakeCluster, _ goal: Goal, minimumKeyAge: Duration? = nil,
        report: @escaping EventHandler = { _ in }
    ) async throws -> WorkflowReport {
        try await Workflow(
            ports: cluster.ports, grace: .zero, minimumKeyAge: minimumKeyAge, report: report
        ).run(goal)
    }

    @Test(
        "from one config to the next and back, each rolled out, keys kept; the second time nothing")
    func thereAndBack() async throws {
        let cluster = FakeCluster()
        let (one, two) = (config(.key(mine), .identity), config(.key(box)))
        for wanted in [one, two, one] {
            let goal = Goal.converge(.custom(wanted))
            #expect(try await run(cluster, goal).operations.count == 1)
            #expect(cluster.with { $0.servers.allSatisfy { $0.config == wanted } })
            #expect(try await run(cluster, goal).operations.isEmpty)
        }
        let keys = cluster.with { $0.saved.keys }
        #expect(keys.map(\.key) == [mine, box])
        #expect(keys.map { $0.retired == nil } == [true, false])
    }

    @Test("rotated, the successor stays though cluster.yml names the old key")
    func rotated() async throws {
        let cluster = FakeCluster()
        let wanted = Wanted.custom(config(.key(mine), .identity))
        try await run(cluster, .converge(wanted))
        let rotated = try await run(cluster, .rotateKey(configured: wanted))
        let fresh = try #require(rotated.deployed?.keys.first)
        #expect(fresh != mine && rotated.deployed?.keys.count == 1)
        #expect(try await run(cluster, .converge(wanted)).operations.isEmpty)
        #expect(
            cluster.with { $0.saved.keys.first { $0.key == mine }?.successor }
                == fresh.fingerprint.hex)
    }

    @Test("rotated, and one server put back to its former file: mended, and the successor stays")
    func rotatedThenDrifted() async throws {
        let cluster = FakeCluster()
        let former = config(.key(mine), .identity)
        let wanted = Wanted.custom(former)
        try await run(cluster, .converge(wanted))
        let rotated = try await run(cluster, .rotateKey(configured: wanted)).deployed
        cluster.with { state in
            state.isBroken = true
            state.servers[1].config = former
        }
        let plan = try await Workflow(ports: cluster.ports) { _ in }.plan(.converge(wanted))
        let report = try await run(cluster, .converge(wanted))
        #expect(report.operations.map(\.operation.kind) == [.repair])
        #expect(plan.operations.map(\.kind) == [.repair])
        #expect(cluster.with { $0.servers.allSatisfy { $0.config == rotated } })
        #expect(try await run(cluster, .converge(wanted)).operations.isEmpty)
    }

    @Test("a key younger than asked for, left alone with the reason; an older one, rotated")
    func young() async throws {
        let cluster = FakeCluster()
        let wanted = Wanted.custom(config(.key(mine), .identity))
        try await run(cluster, .converge(wanted))
        let saves = cluster.with { $0.saves }
        let goal = Goal.rotateKey(configured: wanted)
        let left = try await run(cluster, goal, minimumKeyAge: .seconds(86_400))
        #expect(left.operations.isEmpty && left.reason?.contains("mine") == true)
        #expect(cluster.with { $0.saves } == saves)
        #expect(try await run(cluster, goal, minimumKeyAge: .zero).operations.count == 1)
    }

    @Test(
        "rewriting, no server restarted and all proven under the writer; without encryption, refused"
    )
    func rewriting() async throws {
        let cluster = FakeCluster()
        await #expect(throws: Fault.self) { try await run(cluster, .rewrite) }
        try await run(cluster, .converge(.custom(config(.key(mine), .identity))))
        let restarts = cluster.with { $0.servers.map(\.restarts) }
        let report = try await run(cluster, .rewrite)
        #expect(report.operations.map(\.operation.kind) == [.rewrite])
        #expect(report.operations[0].evidence != nil)
        #expect(cluster.with { $0.servers.map(\.restarts) } == restarts)
    }

    @Test("a server that wouldn't start with the config, refused with nothing written or touched")
    func obstacle() async throws {
        let cluster = FakeCluster()
        cluster.with { $0.obstacle = "kube-apiserver 1.26 knows no wildcards" }
        let goal = Goal.converge(.custom(config(.key(mine), .identity)))
        let fault = await #expect(throws: Fault.self) { try await run(cluster, goal) }
        #expect(fault?.code == .refused)
        await #expect(throws: Fault.self) {
            try await Workflow(ports: cluster.ports, report: { _ in }).plan(goal)
        }
        #expect(cluster.with { $0.saves == 0 && $0.servers.allSatisfy { $0.config == nil } })
    }

    @Test("what may still hurt, told before it is rolled out; of what is managed, nothing")
    func advice() async throws {
        let warnings = Mutex<[String]>([])
        let report: EventHandler = { event in
            if case .warning(let text) = event { warnings.withLock { $0.append(text) } }
        }
        try await run(
            FakeCluster(), .converge(.managed(ManagedEncryption())), report: report)
        #expect(warnings.withLock(\.self) == [])
        try await run(
            FakeCluster(), .converge(.custom(config(.key(mine), .identity))), report: report)
        #expect(warnings.withLock { $0.count == 1 && $0[0].contains("authenticate") })
    }
}
