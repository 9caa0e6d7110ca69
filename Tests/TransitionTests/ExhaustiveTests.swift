import EncryptionModel
import Testing

@testable import Transition

/// Every state that any transition between two chains can reach, with a crash in every action and
/// with a change of mind in every state.
@Suite struct ExhaustiveTests {
    private static let pairs = Sample.pairs(upTo: 4)

    /// All states reachable from the first one, each with the state that an undisturbed run makes
    /// of it next (nil: the end).
    private func explore(
        _ first: Model, aborting: Bool
    ) -> (next: [Model: Model?], refusals: [Refusal]) {
        var next: [Model: Model?] = [:]
        var refusals: [Refusal] = []
        var open = [first]
        while let state = open.popLast() {
            guard next[state] == nil else { continue }
            guard state.operation != nil else {
                next[state] = .some(nil)
                continue
            }
            let goals: [Goal] =
                aborting ? [.converge(.plaintext), .abort] : [.converge(.plaintext)]
            for goal in goals {
                guard case .act(let action) = state.decision(goal) else {
                    if case .refuse(let refusal) = state.decision(goal) { refusals.append(refusal) }
                    continue
                }
                let successors = state.after(action)
                if goal != .abort { next[state] = .some(successors[0]) }
                for successor in successors where next[successor] == nil {
                    if !successor.everyServerReadsEverything {
                        Issue.record("unreadable after \(action)")
                    }
                    open.append(successor)
                }
            }
        }
        return (next, refusals)
    }

    /// Where an undisturbed run ends; nil when it goes in a circle.
    private func end(of state: Model, _ next: [Model: Model?]) -> Model? {
        var state = state
        for _ in 0...next.count {
            guard let successor = next[state] else { return nil }
            guard let successor else { return state }
            state = successor
        }
        return nil
    }

    @Test("every pair of chains up to four entries, from every reachable state the same end")
    func everyState() async {
        let states = await expectOneEnd(of: Self.pairs, reloading: 0)
        #expect(Self.pairs.count > 700 && states > 9_000, "\(Self.pairs.count), \(states)")
    }

    @Test("servers that reload, at any time or never, from every reachable state the same end")
    func everyReload() async {
        for (reloading, pairs) in [
            (1, Self.pairs(from: 2, to: 2)), (2, Self.pairs(from: 3, to: 2)),
        ] {
            let states = await expectOneEnd(of: pairs, reloading: reloading)
            #expect(states > pairs.count * 15, "\(pairs.count), \(states)")
        }
    }

    private static func pairs(from: Int, to: Int) -> [(Chain?, Chain?)] {
        pairs.filter { ($0?.entries.count ?? 0) <= from && ($1?.entries.count ?? 0) <= to }
    }

    /// - Returns: how many states there were.
    private func expectOneEnd(of pairs: [(Chain?, Chain?)], reloading: Int) async -> Int {
        var states = 0
        for (a, b) in pairs {
            await Task.yield()
            let (from, to) = (a.map { Sample.config($0) }, b.map { Sample.config($0) })
            let (next, refusals) = explore(
                Model(servers: 2, reloading: reloading, from: from, to: to), aborting: false)
            #expect(refusals.isEmpty)
            states += next.count
            for state in next.keys {
                let end = end(of: state, next)
                let isRight =
                    end?.servers.allSatisfy { $0.loaded == to && $0.file == to } == true
                if !isRight { Issue.record("\(String(describing: a)) to \(String(describing: b))") }
            }
        }
        return states
    }

    @Test("given up in any state, where it came from or where it went, and all readable meanwhile")
    func everyAbort() async {
        await expectAborts(of: Self.pairs(from: 3, to: 2), reloading: 0)
    }

    @Test("given up in any state of servers that reload, the same")
    func everyAbortOfReloads() async {
        await expectAborts(of: Self.pairs(from: 2, to: 1), reloading: 1)
        await expectAborts(of: Self.pairs(from: 1, to: 2), reloading: 2)
    }

    private func expectAborts(of pairs: [(Chain?, Chain?)], reloading: Int) async {
        for (a, b) in pairs {
            await Task.yield()
            let (from, to) = (a.map { Sample.config($0) }, b.map { Sample.config($0) })
            let (next, refusals) = explore(
                Model(servers: 2, reloading: reloading, from: from, to: to), aborting: true)
            #expect(refusals.isEmpty)
            for state in next.keys {
                let goal = state.operation?.kind == .abort ? from : to
                let end = end(of: state, next)
                let isRight =
                    end.map { end in
                        state.operation == nil
                            || end.servers.allSatisfy { $0.loaded == goal && $0.file == goal }
                    } ?? false
                if !isRight { Issue.record("\(String(describing: a)) to \(String(describing: b))") }
            }
        }
    }
}
