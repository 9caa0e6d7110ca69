import Basics
import EncryptionModel
import Orchestrator
import Synchronization
import Testing
import Transition

private let encrypted = Wanted.managed(ManagedEncryption())
private let nothing = StateConfigs(desired: nil, current: nil)

@Suite struct StateCopyTests {
    @Test("enabled, rotated and disabled, the copy says so; nothing to do, it isn't written")
    func followed() async throws {
        let cluster = FakeCluster()
        cluster.with { $0.copy = nothing }
        for (goal, writes) in [
            (Goal.converge(encrypted), 1), (.converge(encrypted), 1),
            (.rotateKey(configured: encrypted), 2), (.converge(.plaintext), 3),
            (.converge(.plaintext), 3),
        ] {
            let deployed = try await run(cluster, goal).report.deployed
            let copy = cluster.with { $0.copy }
            #expect(copy == StateConfigs(desired: deployed, current: deployed))
            #expect(cluster.with { $0.copyWrites } == writes)
        }
    }

    @Test("no copy in the cluster, none is made")
    func absent() async throws {
        let cluster = FakeCluster()
        _ = try await run(cluster, .converge(encrypted))
        #expect(cluster.with { $0.copy } == nil && cluster.with { $0.copyWrites } == 0)
    }

    @Test("can't be read, the operation is finished and what isn't known isn't claimed")
    func unreadable() async throws {
        // Who may not read it doesn't learn that there is none.
        for copy in [nothing, nil] {
            let cluster = FakeCluster()
            cluster.with {
                $0.copy = copy
                $0.copyIsUnreadable = true
            }
            let warning = try await warningOfFinished(cluster)
            #expect(warning.contains("can't be told whether there is one"))
            #expect(warning.contains("may not get secrets"))
            #expect(cluster.with { $0.copy } == copy)
            cluster.with { $0.copyIsUnreadable = false }
            try await expectMadeUp(cluster)
        }
    }

    @Test("can't be written, the operation is finished with a warning; the next up makes up for it")
    func unwritable() async throws {
        let cluster = FakeCluster()
        cluster.with {
            $0.copy = nothing
            $0.copyIsUnwritable = true
        }
        let warning = try await warningOfFinished(cluster)
        #expect(warning.contains("full-cluster-state) isn't up to date: may not patch secrets"))
        #expect(cluster.with { $0.copy } == nothing)
        cluster.with { $0.copyIsUnwritable = false }
        try await expectMadeUp(cluster)
    }

    private func warningOfFinished(_ cluster: FakeCluster) async throws -> String {
        let (report, warnings) = try await run(cluster, .converge(encrypted))
        #expect(report.operations.count == 1 && cluster.with { $0.saved.operation } == nil)
        #expect(warnings.count == 1 && report.warnings == warnings)
        let warning = try #require(warnings.first)
        #expect(warning.contains("kube-system/full-cluster-state"))
        #expect(warning.contains("orchestrator up"))
        return warning
    }

    private func expectMadeUp(_ cluster: FakeCluster) async throws {
        let had = cluster.with { $0.copy } != nil
        let again = try await run(cluster, .converge(encrypted))
        #expect(again.report.operations.isEmpty && again.warnings.isEmpty)
        #expect(cluster.with { $0.copy }?.current == (had ? again.report.deployed : nil))
        #expect(again.report.deployed != nil)
    }

    @Test("somebody writes it at the same time, read again and written; all the time, a warning")
    func conflicts() async throws {
        for (conflicts, warned) in [(1, 0), (4, 0), (99, 1)] {
            let cluster = FakeCluster()
            cluster.with {
                $0.copy = nothing
                $0.copyConflicts = conflicts
            }
            let (report, warnings) = try await run(cluster, .converge(encrypted))
            #expect(warnings.count == warned)
            #expect((cluster.with { $0.copy }?.current == report.deployed) == (warned == 0))
        }
    }

    @Test("a key that only the copy has, archived before it is overwritten")
    func unknownKey() async throws {
        let cluster = FakeCluster()
        let key = try LocalKey.generate(provider: .aescbc, name: "key-of-rke")
        let config = ProviderConfig(rules: [
            .init(resources: [.secrets], chain: Chain([.key(key), .identity]))
        ])
        cluster.with { $0.copy = StateConfigs(desired: config, current: config) }
        let (_, warnings) = try await run(cluster, .converge(.plaintext))
        #expect(cluster.with { $0.copy } == nothing)
        let record = try #require(cluster.with { $0.saved }.keys.first { $0.key == key })
        #expect(record.retired != nil && warnings.first?.contains("key-of-rke") == true)
    }

    private func run(
        _ cluster: FakeCluster, _ goal: Goal
    ) async throws -> (report: WorkflowReport, warnings: [String]) {
        let warnings = Mutex<[String]>([])
        let report = try await Workflow(ports: cluster.ports) { event in
            if case .warning(let text) = event { warnings.withLock { $0.append(text) } }
        }.run(goal)
        return (report, warnings.withLock(\.self))
    }
}
