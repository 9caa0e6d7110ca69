import Basics
import EncryptionModel
import Orchestrator
import Testing
import Transition

@Suite struct AbortTests {
    private let encrypted = Wanted.managed(ManagedEncryption())

    @discardableResult
    private func run(_ cluster: FakeCluster, _ goal: Goal) async throws -> WorkflowReport {
        try await Workflow(ports: cluster.ports, grace: .zero) { _ in }.run(goal)
    }

    @Test("nothing unfinished, nothing to give up")
    func nothing() async throws {
        let cluster = FakeCluster()
        #expect(try await run(cluster, .abort).operations.isEmpty)
        try await run(cluster, .converge(encrypted))
        let saves = cluster.with { $0.saves }
        #expect(try await run(cluster, .abort).operations.isEmpty)
        #expect(cluster.with { $0.saves } == saves)
    }

    /// What a cluster is like, but for its journal.
    private func state(_ cluster: FakeCluster) -> [ProviderConfig?] {
        cluster.with { $0.servers.map(\.config) }
    }

    @Test("given up after a cut at every effect, and cut on the way back, as it was before")
    func everyCut() async throws {
        for before in [[], [Goal.converge(encrypted)]] {
            let goals: [Goal] =
                before.isEmpty
                ? [.converge(encrypted)]
                : [.rotateKey(configured: encrypted), .converge(.plaintext)]
            for goal in goals {
                var cut = 1
                while try await survives(cut, before, goal) { cut += 1 }
                #expect(cut > 20)
            }
        }
    }

    private func survives(_ cut: Int, _ before: [Goal], _ goal: Goal) async throws -> Bool {
        let cluster = FakeCluster(objects: 3)
        for goal in before { try await run(cluster, goal) }
        let configs = state(cluster)
        cluster.with { ($0.effects, $0.failingEffect) = (0, cut) }
        do {
            try await run(cluster, goal)
            return false
        } catch {}
        guard cluster.with({ $0.saved.operation != nil }) else { return true }
        let wasWriting = cluster.with {
            [.write, .final].contains($0.saved.operation?.stage)
        }
        // Cut once more on the way back.
        cluster.with { ($0.effects, $0.failingEffect) = (0, 1 + cut % 7) }
        var report: WorkflowReport
        do { report = try await run(cluster, .abort) } catch {
            report = try await run(cluster, .abort)
        }
        if report.operations.isEmpty { report = try await run(cluster, .abort) }
        #expect(state(cluster) == configs, "cut \(cut)")
        let writer = configs[0].chain(for: ResourcePattern.secrets).writer
        #expect(cluster.with { $0.objects.values.allSatisfy { $0.writer == writer } })
        let (operation, keys) = cluster.with { ($0.saved.operation, $0.saved.keys) }
        #expect(operation == nil)
        let deployed = Set(configs.flatMap { $0?.keys ?? [] })
        #expect(Set(keys.filter { $0.retired == nil }.map(\.key)) == deployed)
        if !wasWriting { #expect(report.operations.allSatisfy { $0.rewrites.isEmpty }) }
        return true
    }

    @Test("a repair under way, refused: it only brings back what should be there")
    func repair() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        cluster.with { state in
            state.servers[0].config = nil
            (state.effects, state.failingEffect) = (0, 4)
        }
        await #expect(throws: Fault.self) { try await run(cluster, .converge(encrypted)) }
        #expect(cluster.with { $0.saved.operation?.kind } == .repair)
        let fault = await #expect(throws: Fault.self) { try await run(cluster, .abort) }
        #expect(fault?.code == .refused && fault?.hint == "orchestrator up finishes it.")
    }

    @Test("rotated while the way back is unfinished, refused")
    func rotation() async throws {
        let cluster = FakeCluster()
        try await run(cluster, .converge(encrypted))
        cluster.with { ($0.effects, $0.failingEffect) = (0, 9) }
        let rotate = Goal.rotateKey(configured: encrypted)
        await #expect(throws: Fault.self) { try await run(cluster, rotate) }
        cluster.with { ($0.effects, $0.failingEffect) = (0, 3) }
        await #expect(throws: Fault.self) { try await run(cluster, .abort) }
        let fault = await #expect(throws: Fault.self) { try await run(cluster, rotate) }
        #expect(fault?.code == .refused && fault?.message.contains("abort") == true)
    }
}
