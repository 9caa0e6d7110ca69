import Basics
import EncryptionModel
import Orchestrator
import Synchronization
import Testing
import Transition

/// Servers that load a changed provider config by themselves.
@Suite struct ReloadTests {
    private let encrypted = Wanted.managed(ManagedEncryption())
    private var rotate: Goal { .rotateKey(configured: encrypted) }

    @discardableResult
    private func run(
        _ cluster: FakeCluster, _ goal: Goal, report: @escaping EventHandler = { _ in }
    ) async throws -> WorkflowReport {
        try await Workflow(ports: cluster.ports, grace: .zero, report: report).run(goal)
    }

    /// A cluster under a key, of servers that reload from then on; counted anew.
    private func reloading(_ count: Int = 3, objects: Int = 10) async throws -> FakeCluster {
        let cluster = FakeCluster(servers: count, objects: objects)
        cluster.with { state in
            for index in state.servers.indices { state.servers[index].reloading = .offered }
        }
        try await run(cluster, .converge(encrypted))
        cluster.with { state in
            state.effects = 0
            for index in state.servers.indices {
                (state.servers[index].restarts, state.servers[index].reloads) = (0, 0)
            }
        }
        return cluster
    }

    private func expectRotated(_ cluster: FakeCluster, _ note: String = "") {
        let configs = cluster.with { $0.servers.map(\.config) }
        #expect(Set(configs).count == 1 && configs[0]?.keys.count == 1, "\(note)")
        let writer = configs[0].chain(for: ResourcePattern.secrets).writer
        #expect(
            cluster.with { $0.objects.values.allSatisfy { $0.writer == writer } }, "\(note)")
        #expect(cluster.with { $0.saved.operation == nil }, "\(note)")
    }

    @Test("enabled, one restart each with the argument for reloading, and a reload")
    func enabling() async throws {
        let cluster = FakeCluster()
        cluster.with { state in
            for index in state.servers.indices { state.servers[index].reloading = .offered }
        }
        let report = try await run(cluster, .converge(encrypted))
        #expect(cluster.with { $0.servers.map(\.restarts) } == [1, 1, 1])
        #expect(cluster.with { $0.servers.map(\.reloads) } == [1, 1, 1])
        #expect(report.operations.first?.restartedNothing == false)
        try await run(cluster, .converge(.plaintext))
        #expect(cluster.with { $0.servers.map(\.restarts) } == [2, 2, 2])
        #expect(cluster.with { $0.servers.allSatisfy { $0.reloading == .offered } })
    }

    @Test("servers that reloaded, what they may still be writing is waited for before the proof")
    func outwaiting() async throws {
        let cluster = try await reloading()
        cluster.with { $0.requestTimeout = .seconds(2) }
        let moments = Mutex<[String: ContinuousClock.Instant]>([:])
        let report = try await run(cluster, rotate) { event in
            moments.withLock { moments in
                switch event {
                case .rolledOut(_, _, .write, _): moments["written"] = .now
                case .step(let text) where text.hasPrefix("waiting "): moments["told"] = .now
                case .readingEvidence: moments["read"] = .now
                default: break
                }
            }
        }
        let seen = moments.withLock(\.self)
        let (written, read) = (try #require(seen["written"]), try #require(seen["read"]))
        #expect(seen["told"] != nil && read - written >= .milliseconds(1990))
        let waited = try #require(report.operations.first?.waited)
        #expect(waited > .zero && waited <= .seconds(2))
    }

    @Test("rotated, nobody restarted, every stage pushed side by side and confirmed by the metric")
    func rotating() async throws {
        let cluster = try await reloading()
        cluster.with { ($0.reloadsAtOnce, $0.reloadsBegun) = (3, 0) }
        let begun = Mutex<[[String]]>([])
        let report = try await run(cluster, rotate) { event in
            guard case .reloading(let nodes, _) = event else { return }
            begun.withLock { $0.append(nodes) }
            cluster.with { $0.reloadsBegun = 0 }
        }
        expectRotated(cluster)
        #expect(cluster.with { $0.servers.map(\.restarts) } == [0, 0, 0])
        #expect(cluster.with { $0.servers.map(\.reloads) } == [3, 3, 3])
        #expect(begun.withLock(\.self) == Array(repeating: ["n0", "n1", "n2"], count: 3))
        let operation = try #require(report.operations.first)
        #expect(operation.restartedNothing && operation.stages.count == 3)
        for stage in operation.stages {
            #expect(Set(stage.nodes.map(\.name)) == ["n0", "n1", "n2"])
            #expect(stage.nodes.allSatisfy { $0.result.confirmedBy == .metric })
        }
    }

    @Test(
        "one server refuses the file, named; the others are in the journal and aren't asked again")
    func refusing() async throws {
        let cluster = try await reloading()
        cluster.with { $0.servers[1].refusesFiles = true }
        let fault = await #expect(throws: Fault.self) { try await run(cluster, rotate) }
        #expect(fault?.node == "n1" && fault?.message.contains("refuses the file") == true)
        #expect(fault?.hint?.contains("orchestrator encrypt rotate-key") == true)
        let confirmed = cluster.with { $0.saved.operation?.confirmations.map(\.node) } ?? []
        #expect(Set(confirmed) == ["n0", "n2"])
        cluster.with { $0.servers[1].refusesFiles = false }
        let report = try await run(cluster, rotate)
        expectRotated(cluster)
        #expect(report.operations.first?.restartedNothing == false, "of before nobody knows")
        #expect(cluster.with { $0.servers.map(\.reloads) } == [3, 3, 3])
        #expect(cluster.with { $0.servers.map(\.restarts) } == [0, 0, 0])
    }

    @Test("two servers refuse it, the first of cluster.yml is named")
    func bothRefusing() async throws {
        let cluster = try await reloading()
        cluster.with { state in
            for index in [1, 2] { state.servers[index].refusesFiles = true }
        }
        let fault = await #expect(throws: Fault.self) { try await run(cluster, rotate) }
        #expect(fault?.node == "n1")
    }

    @Test("a stop asked for while files are pushed, ended when all are loaded and recorded")
    func stopping() async throws {
        let cluster = try await reloading()
        let stop = StopSignal()
        let workflow = Workflow(ports: cluster.ports, stop: stop, grace: .zero) { event in
            if case .reloading = event { stop.request() }
        }
        let fault = await #expect(throws: Fault.self) { try await workflow.run(rotate) }
        #expect(fault?.code == .interrupted)
        #expect(cluster.with { $0.servers.map(\.reloads) } == [1, 1, 1])
        #expect(cluster.with { $0.saved.operation?.confirmations.count } == 3)
        try await run(cluster, rotate)
        expectRotated(cluster)
        #expect(cluster.with { $0.servers.map(\.reloads) } == [3, 3, 3])
    }

    @Test("the journal can't be written for one of them, that fault; the others' are saved")
    func unwritable() async throws {
        let cluster = try await reloading()
        let fault = await #expect(throws: Fault.self) {
            try await run(cluster, rotate) { event in
                guard case .reloading = event else { return }
                cluster.with { $0.failingSaves = 1 }
            }
        }
        #expect(fault?.message.contains("disk full") == true && fault?.node != nil)
        let nodes = cluster.with { $0.saved.operation?.confirmations.map(\.node) } ?? []
        #expect(Set(nodes) == ["n0", "n1", "n2"])
        try await run(cluster, rotate)
        expectRotated(cluster)
        #expect(cluster.with { $0.servers.map(\.restarts) } == [0, 0, 0])
    }

    @Test("one doesn't load it in time, warned of and restarted, alone")
    func late() async throws {
        let cluster = try await reloading()
        cluster.with { $0.servers[1].isSlow = true }
        let events = Mutex<[String]>([])
        let report = try await run(cluster, rotate) { event in
            switch event {
            case .warning(let text): events.withLock { $0.append(text) }
            case .rollingOut(let node, _, _): events.withLock { $0.append(node) }
            default: break
            }
        }
        expectRotated(cluster)
        #expect(cluster.with { $0.servers.map(\.restarts) } == [0, 3, 0])
        let warning =
            "n1: kube-apiserver didn't load the provider config by itself within the time that"
            + " takes; it is restarted now"
        let expected = Array(repeating: [warning, "n1"], count: 3).flatMap(\.self)
        #expect(events.withLock(\.self) == expected)
        #expect(report.operations.first?.restartedNothing == false)
    }

    @Test("a server that says it loaded the file and is never seen to, given up")
    func neverSeen() async throws {
        let cluster = try await reloading()
        let reloads = Mutex(0)
        let fault = await #expect(throws: Fault.self) {
            try await run(cluster, rotate) { event in
                switch event {
                case .reloading: reloads.withLock { $0 += 1 }
                case .rolledOut:
                    cluster.with { state in
                        state.servers[2].seen = state.servers[2].config.map { .notLoaded($0) }
                    }
                default: break
                }
            }
        }
        #expect(fault?.code == .discrepancy && fault?.node == "n2")
        #expect(reloads.withLock(\.self) == 3)
    }

    @Test(
        "killed at every effect, whatever is loaded until the next run, and continued or given up")
    func everyKill() async throws {
        for (afterwards, isLoaded) in [(false, false), (true, false), (true, true)] {
            for goal in [rotate, .abort] {
                var cut = 1
                while try await survives(
                    cut, afterwards: afterwards, loadedMeanwhile: isLoaded, then: goal)
                {
                    cut += 1
                }
                #expect(cut > 25)
            }
        }
    }

    /// False: there is no such effect, the run was over before.
    private func survives(
        _ cut: Int, afterwards: Bool, loadedMeanwhile: Bool, then goal: Goal
    ) async throws -> Bool {
        let cluster = try await reloading(objects: 4)
        let before = cluster.with { $0.servers[0].config }
        cluster.with { state in
            (state.failingEffect, state.failsAfterwards, state.dies) = (cut, afterwards, true)
        }
        do {
            try await run(cluster, rotate)
            return false
        } catch {}
        let isUnderWay = cluster.with { $0.saved.operation != nil }
        cluster.with { state in
            (state.failingEffect, state.dies) = (nil, false)
            for index in state.servers.indices where loadedMeanwhile {
                FakeCluster.load(index, in: &state)
            }
            #expect(throws: Never.self) { try FakeCluster.checkInvariant(state) }
        }
        if goal != .abort || isUnderWay { try await run(cluster, goal) }
        expectRotated(cluster, "cut \(cut)")
        if goal == .abort, isUnderWay {
            #expect(cluster.with { $0.servers.allSatisfy { $0.config == before } }, "cut \(cut)")
        }
        #expect(cluster.with { $0.servers.map(\.restarts) } == [0, 0, 0], "cut \(cut)")
        return true
    }

    @Test("a mixed cluster, the plan names each restart and each reload that the run then does")
    func rehearsed() async throws {
        for kinds in [
            [NodeObservation.Reloading.offered, .unavailable, .offered],
            [.unavailable, .unavailable], [.offered],
        ] {
            let cluster = FakeCluster(servers: kinds.count)
            cluster.with { state in
                for (index, kind) in kinds.enumerated() { state.servers[index].reloading = kind }
            }
            for goal in [Goal.converge(encrypted), rotate, .converge(.plaintext)] {
                let plan = try await Workflow(ports: cluster.ports) { _ in }.plan(goal)
                let report = try await run(cluster, goal)
                let done = report.operations.flatMap(\.stages).flatMap { stage in
                    stage.nodes.map { Turn(stage.name, $0.name, restarted: $0.result.restarted) }
                }
                #expect(Set(done) == Set(plan.turns) && done.count == plan.turns.count)
                #expect(done.map(\.stage) == plan.turns.map(\.stage))
            }
        }
    }

    @Test("the plan of enabling, what becomes of each server's arguments")
    func planned() async throws {
        let cluster = FakeCluster(servers: 2)
        cluster.with { $0.servers[0].reloading = .offered }
        let plan = try await Workflow(ports: cluster.ports) { _ in }.plan(.converge(encrypted))
        let changes = plan.operations.flatMap(\.steps).compactMap { step -> String? in
            if case .node(let name, _, let change) = step { "\(name) \(change)" } else { nil }
        }
        #expect(
            changes == [
                "n0 addReloadingArgument", "n1 addArgument", "n0 reloadFile", "n1 replaceFile",
            ])
    }
}

/// One node brought to one stage.
private struct Turn: Hashable {
    let stage: StageName
    let node: String
    let restarted: Bool

    init(_ stage: StageName, _ node: String, restarted: Bool) {
        (self.stage, self.node, self.restarted) = (stage, node, restarted)
    }
}

extension DryRun {
    fileprivate var turns: [Turn] {
        var turns: [Turn] = []
        var stage = StageName.read
        for step in operations.flatMap(\.steps) {
            switch step {
            case .stage(let name, _): stage = name
            case .node(let name, _, let change):
                turns.append(Turn(stage, name, restarted: change != .reloadFile))
            default: break
            }
        }
        return turns
    }
}
