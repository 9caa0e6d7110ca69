import Basics
import EncryptionModel
import Orchestrator
import Testing
import Transition

/// What is told of a run that was cut off late: whether anything was touched, and whether anything
/// is left.
@Suite struct AftermathTests {
    private let encrypted = Wanted.managed(ManagedEncryption())

    private func run(
        _ cluster: FakeCluster, _ goal: Goal, stop: StopSignal = StopSignal(),
        report: @escaping EventHandler = { _ in }
    ) async throws -> WorkflowReport {
        try await Workflow(ports: cluster.ports, stop: stop, grace: .zero, report: report).run(goal)
    }

    @Test("a node that can't be seen after the rotation is finished, no failure and no other key")
    func unseenAfterwards() async throws {
        let cluster = FakeCluster()
        _ = try await run(cluster, .converge(encrypted))
        let report = try await run(cluster, .rotateKey(configured: encrypted)) { event in
            if case .finished = event { cluster.with { $0.unreachable = "n2" } }
        }
        #expect(report.operations.map(\.operation.kind) == [.rotateKey])
        #expect(report.deployed == cluster.with { $0.servers[0].config })
        #expect(cluster.with { $0.saved.keys.count } == 2)
    }

    @Test("asked to stop when the rotation is finished already, it ends well")
    func stoppedAfterwards() async throws {
        let cluster = FakeCluster()
        _ = try await run(cluster, .converge(encrypted))
        let stop = StopSignal()
        let report = try await run(
            cluster, .rotateKey(configured: encrypted), stop: stop
        ) { event in
            if case .finished = event { stop.request() }
        }
        #expect(report.operations.count == 1 && report.deployed != nil)
        #expect(!cluster.with { $0.lease.isHeld })
    }

    @Test("refused in the midst of what this run began, a failure that doesn't say «nothing»")
    func refusedInTheMidst() async throws {
        let cluster = FakeCluster()
        let begun = await #expect(throws: Fault.self) {
            try await run(cluster, .converge(encrypted)) { event in
                if case .stageBegan(.write, _, _) = event {
                    cluster.with { $0.servers[2].seen = .unclear("torn") }
                }
            }
        }
        #expect(begun?.code == .failed)
        #expect(begun?.hint?.contains("othing was touched") == false)
        #expect(begun?.hint?.contains("enable stands at stage write") == true)
        let again = await #expect(throws: Fault.self) {
            try await run(cluster, .converge(encrypted))
        }
        #expect(again?.code == .refused && again?.hint?.contains("Nothing was touched") == true)
    }

    @Test("refused before anything was begun, a refusal")
    func refusedBefore() async throws {
        let cluster = FakeCluster()
        cluster.with { $0.unlisted = 1 }
        let fault = await #expect(throws: Fault.self) {
            try await run(cluster, .converge(encrypted))
        }
        #expect(fault?.code == .refused && fault?.hint?.hasPrefix("Nothing was touched") == true)
    }
}
