/// The order of trials on one lab: enabling and disabling take turns, and keys can be rotated only
/// in between.
struct KillQueue {
    enum Step {
        case kill(Kill)
        /// Only to get to where the next trial begins.
        case undisturbed(TrialWorkflow)
    }

    private var waiting: [TrialWorkflow: [Kill]]
    private var isEncrypted = false
    /// At most one rotation a round, so that all three workflows get their turns.
    private var hasRotated = false

    init(_ kills: [Kill]) {
        waiting = Dictionary(grouping: kills, by: \.workflow).mapValues { $0.reversed() }
    }

    var count: Int { waiting.values.reduce(0) { $0 + $1.count } }

    mutating func remove(_ isDone: (Kill) -> Bool) {
        waiting = waiting.mapValues { $0.filter { !isDone($0) } }
    }

    mutating func next() -> Step? {
        guard count > 0 else { return nil }
        if !isEncrypted {
            (isEncrypted, hasRotated) = (true, false)
            return step(.enable)
        }
        let othersWait = has(.enable) || has(.disable)
        if has(.rotate), !hasRotated || !othersWait {
            hasRotated = true
            return step(.rotate)
        }
        isEncrypted = false
        return step(.disable)
    }

    private func has(_ workflow: TrialWorkflow) -> Bool { waiting[workflow]?.isEmpty == false }

    private mutating func step(_ workflow: TrialWorkflow) -> Step {
        waiting[workflow]?.popLast().map(Step.kill) ?? .undisturbed(workflow)
    }
}
