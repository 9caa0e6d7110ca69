/// All that is known of one object with one writer: the states that it was given, in order, and
/// which of them it may be in.
///
/// State 0 is "absent". Each write begins another state. A read may see any state from the newest
/// one that was known to be reached when the read began, to the newest one begun when it ended:
/// that is what linearizable means for a register with one writer. So an acknowledged write that
/// is gone, an older value, and a value that nobody wrote are all told apart from a write that is
/// just happening, without stopping the clients for a comparison.
struct ObjectHistory: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// What a read saw.
    enum Sighting: Sendable, Hashable {
        case absent
        /// The value that belongs to this state, byte for byte.
        case state(Int)
        /// A value that belongs to none of the object's states.
        case foreign
    }

    enum Verdict: Sendable, Hashable {
        case right
        /// It wasn't there, or as it was before a write that had been acknowledged or seen.
        case lost
        /// It holds what nobody can have written.
        case changed
    }

    private struct State {
        let isPresent: Bool
        /// A write without an answer that turned out not to have taken effect.
        var isRefuted = false
    }

    private var states = [State(isPresent: false)]
    /// The newest state that is known to have been reached.
    private(set) var reached = 0
    /// Until when a write without an answer may still take effect. No other may begin meanwhile.
    private var openUntil: Instant?

    var isSettled: Bool { openUntil == nil }
    /// Whether the object is there, as far as its writer knows.
    var isPresent: Bool { states[reached].isPresent }
    var newest: Int { states.count - 1 }

    // MARK: Writes

    /// - Returns: the number of the new state.
    mutating func begin(present: Bool) -> Int {
        states.append(State(isPresent: present))
        return newest
    }

    mutating func acknowledge(_ state: Int) { reached = max(reached, state) }

    /// No answer, or one that doesn't tell: the next reads decide. One that begins after `until`
    /// and doesn't see the write refutes it.
    mutating func leaveOpen(_ state: Int, until: Instant) {
        if reached < state { openUntil = until }
    }

    // MARK: Reads

    /// - Parameter floor: `reached` when the read began.
    mutating func judge(
        _ sighting: Sighting, floor: Int, began: Instant
    ) -> Verdict {
        guard let seen = state(for: sighting, floor: floor) else {
            switch sighting {
            case .absent: return .lost
            case .state(let number): return number < floor ? .lost : .changed
            case .foreign: return .changed
            }
        }
        reached = max(reached, seen)
        settle(began: began)
        return .right
    }

    /// The first state in which the object can have been when it looked so.
    private func state(for sighting: Sighting, floor: Int) -> Int? {
        (floor...newest).first { number in
            guard !states[number].isRefuted else { return false }
            return switch sighting {
            case .absent: !states[number].isPresent
            case .state(let seen): states[number].isPresent && number == seen
            case .foreign: false
            }
        }
    }

    private mutating func settle(began: Instant) {
        guard let limit = openUntil else { return }
        if reached == newest {
            openUntil = nil
        } else if began > limit {
            states[newest].isRefuted = true
            openUntil = nil
        }
    }
}
