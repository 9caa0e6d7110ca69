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
        var states = 0
        for (a, b) in Self.pairs {
            await Task.yield()
            let (from, to) = (a.map { Sample.config($0) }, b.map { Sample.config($0) })
            let (next, refusals) = explore(
                Model(servers: 2, from: from, to: to), aborting: false)
            #expect(refusals.isEmpty)
            states += next.count
            for state in next.keys {
                let end = end(of: state, next)
                let isRight =
                    end?.servers.allSatisfy { $0.loaded == to && $0.file == to } == true
                if !isRight { Issue.record("\(String(describing: a)) to \(String(describing: b))") }
            }
        }
        #expect(Self.pairs.count > 700 && states > 9_000, "\(Self.pairs.count), \(states)")
    }

    @Test("given up in any state, where it came from or where it went, and all readable meanwhile")
    func everyAbort() async {
        for (a, b) in Self.pairs where (a?.entries.count ?? 0) < 4 && (b?.entries.count ?? 0) < 3 {
            await Task.yield()
            let (from, to) = (a.map { Sample.config($0) }, b.map { Sample.config($0) })
            let (next, refusals) = explore(
                Model(servers: 2, from: from, to: to), aborting: true)
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
