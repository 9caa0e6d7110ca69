import EncryptionModel
import Testing

@testable import Transition

/// Whole transitions carried out in memory, with clients that write and crashes at every action.
@Suite struct WalkTests {
    /// Runs until done or refused, or (`once`) until the operation under way has ended; nil when
    /// it doesn't end.
    private func run(
        _ world: inout World, goal: Goal, crashes: Bool, once: Bool = false, steps: Int = 400
    ) -> Decision? {
        for _ in 0..<steps {
            if once && world.journal.operation == nil { return .done }
            let decision = decide(journal: world.journal, observed: world.observe(), goal: goal)
            guard case .act(let action) = decision else { return decision }
            let crash = crashes && Int.random(in: 0..<3, using: &world.random) == 0
            world.perform(action, crash: crash)
            guard world.everyServerReadsEverything() else {
                Issue.record("unreadable after \(action) from \(world.journal)")
                return nil
            }
            world.clientWrites()
            if world.serversReload(), !world.everyServerReadsEverything() {
                Issue.record("unreadable when servers had reloaded, after \(action)")
                return nil
            }
        }
        return nil
    }

    @Test(
        "every pair of chains with crashes and clients writing, ends at the goal, all readable",
        arguments: [false, true])
    func everyPair(reloads: Bool) async {
        var seed: UInt64 = 1
        var (reloaded, restarted) = (0, 0)
        for from in Sample.shortConfigs {
            for to in Sample.shortConfigs where from != to {
                await Task.yield()
                seed += 1
                var world = World(
                    servers: seed % 3 == 0 ? 1 : 3, from: from, seed: seed, reloads: reloads)
                world.begin(.change, from: from, to: to)
                let end = run(&world, goal: .converge(.plaintext), crashes: true, once: true)
                guard world.journal.operation == nil else {
                    Issue.record(
                        "\(String(describing: from)) to \(String(describing: to)): \(String(describing: end))"
                    )
                    return
                }
                (reloaded, restarted) = (reloaded + world.reloads, restarted + world.restarts)
            }
        }
        #expect((reloaded > 200) == reloads && restarted > 200, "\(reloaded), \(restarted)")
    }

    @Test(
        "enable, rotate, rotate, disable and enable anew, each ends as RKE documents it",
        arguments: [false, true])
    func workflows(reloads: Bool) async throws {
        for seed in UInt64(1)...(reloads ? 5 : 25) {
            for count in 1...4 {
                await Task.yield()
                var world = World(servers: count, from: nil, seed: seed, reloads: reloads)
                #expect(run(&world, goal: .converge(Sample.managed), crashes: true) == .done)
                let first = try #require(world.servers[0].loaded)
                #expect(Sample.managed.target(from: first, keys: world.journal.keys) == nil)
                #expect(
                    world.evidence.others(
                        than: first.rules[0].chain.writer.storedForm, of: .secrets) == 0)

                let goal = Goal.rotateKey(configured: Sample.managed)
                if case .act(let begin) = decide(
                    journal: world.journal, observed: world.observe(), goal: goal)
                {
                    world.perform(begin, crash: false)
                }
                #expect(run(&world, goal: goal, crashes: true, once: true) == .done)
                let second = try #require(world.servers[0].loaded)
                #expect(second.keys.count == 1 && second.keys != first.keys)

                #expect(run(&world, goal: .converge(.plaintext), crashes: true) == .done)
                #expect(world.servers.allSatisfy { $0.loaded == nil && $0.file == nil })
                #expect(world.evidence.others(than: .plaintext, of: .secrets) == 0)

                #expect(run(&world, goal: .converge(Sample.managed), crashes: true) == .done)
                #expect(world.servers[0].loaded?.keys != second.keys)
            }
        }
    }

    @Test("a finished cluster asked again, done at once without an action")
    func secondRun() {
        var world = World(servers: 3, from: nil, seed: 7)
        #expect(run(&world, goal: .converge(Sample.managed), crashes: false) == .done)
        #expect(
            decide(
                journal: world.journal, observed: world.observe(), goal: .converge(Sample.managed))
                == .done)
    }
}
