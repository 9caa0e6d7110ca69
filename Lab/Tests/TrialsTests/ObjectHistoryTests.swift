import Testing

@testable import Trials

/// The judge of the client load has to be right about both: what may be seen and what may not.
@Suite struct ObjectHistoryTests {
    typealias Sighting = ObjectHistory.Sighting
    typealias Verdict = ObjectHistory.Verdict

    private let now = ContinuousClock.now

    /// State 1 was created and state 2 written, both acknowledged.
    private func written() -> ObjectHistory {
        var history = ObjectHistory()
        for _ in 1...2 {
            let state = history.begin(present: true)
            history.acknowledge(state)
        }
        return history
    }

    private func judge(
        _ history: inout ObjectHistory, _ sighting: Sighting, after seconds: Int = 0
    ) -> Verdict {
        history.judge(sighting, floor: history.reached, began: now + .seconds(seconds))
    }

    @Test(
        "an acknowledged write, nothing else may be seen",
        arguments: [
            (Sighting.state(2), Verdict.right), (.state(1), .lost), (.absent, .lost),
            (.foreign, .changed), (.state(3), .changed),
        ])
    func acknowledged(sighting: Sighting, verdict: Verdict) {
        var history = written()
        #expect(judge(&history, sighting) == verdict)
    }

    @Test(
        "a write under way, the old and the new value may be seen",
        arguments: [
            (Sighting.state(2), Verdict.right), (.state(3), .right), (.state(1), .lost),
            (.absent, .lost),
        ])
    func underWay(sighting: Sighting, verdict: Verdict) {
        var history = written()
        _ = history.begin(present: true)
        #expect(judge(&history, sighting) == verdict)
    }

    @Test("a write under way that was seen, the old value may not be seen any more")
    func seen() {
        var history = written()
        _ = history.begin(present: true)
        #expect(judge(&history, .state(3)) == .right)
        #expect(judge(&history, .state(2)) == .lost)
    }

    @Test("a read that began before the write was seen, the old value may still be seen")
    func overtaken() {
        var history = written()
        let floor = history.reached
        _ = history.begin(present: true)
        #expect(judge(&history, .state(3)) == .right)
        #expect(history.judge(.state(2), floor: floor, began: now) == .right)
    }

    @Test("an acknowledged deletion, the object may not come back")
    func deleted() {
        var history = written()
        history.acknowledge(history.begin(present: false))
        #expect(!history.isPresent)
        #expect(judge(&history, .absent) == .right)
        #expect(judge(&history, .state(2)) == .lost)
    }

    @Test("a lost answer, open until a read sees the write, then decided for good")
    func lostAndDone() {
        var history = written()
        let state = history.begin(present: true)
        history.leaveOpen(state, until: now + .seconds(10))
        #expect(judge(&history, .state(2), after: 1) == .right)
        #expect(!history.isSettled)
        #expect(judge(&history, .state(3), after: 2) == .right)
        #expect(history.isSettled)
        #expect(judge(&history, .state(2), after: 3) == .lost)
    }

    @Test("a lost answer, refuted by a late read that doesn't see the write")
    func lostAndNotDone() {
        var history = written()
        let state = history.begin(present: false)
        history.leaveOpen(state, until: now + .seconds(10))
        #expect(judge(&history, .state(2), after: 11) == .right)
        #expect(history.isSettled && history.isPresent)
        #expect(judge(&history, .absent, after: 12) == .lost)
        history.acknowledge(history.begin(present: true))
        #expect(judge(&history, .state(4), after: 13) == .right)
    }

    @Test("random writes of a true register, every read right; every value of before, wrong")
    func register() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<200 {
            var history = ObjectHistory()
            var past: Set<Sighting> = []
            for state in 1...30 {
                let isPresent = Bool.random(using: &random)
                let former: Sighting = history.isPresent ? .state(history.reached) : .absent
                #expect(history.begin(present: isPresent) == state)
                if Bool.random(using: &random) {
                    #expect(judge(&history, former) == .right)
                }
                history.acknowledge(state)
                past.insert(former)
                let seen: Sighting = isPresent ? .state(state) : .absent
                #expect(judge(&history, seen) == .right)
                for old in past where old != seen { #expect(judge(&history, old) == .lost) }
            }
        }
    }
}

@Suite struct LoadObjectTests {
    private let object = LoadObject(namespace: "load-1", name: "client-0-object-1")

    @Test("every state's value, told from its bytes", arguments: 1...12)
    func told(state: Int) {
        #expect(object.sighting(of: object.value(in: state)) == .state(state))
    }

    @Test("a value cut off, mixed with another, of another object or empty, told as nobody's")
    func foreign() {
        let value = object.value(in: 4)
        let other = LoadObject(namespace: "load-1", name: "client-0-object-2")
        let mixed = value.prefix(5_000) + object.value(in: 9).dropFirst(5_000)
        for bytes in [value.dropLast(), mixed, other.value(in: 4)[...], []] {
            #expect(object.sighting(of: Array(bytes)) == .foreign)
        }
    }
}
