internal import Basics

/// When a rewrite asks for small writes, and what they took: others' are mostly such, and answers
/// that take much longer than they do are for large objects.
///
/// They are made in between of what they are compared with: minutes apart, or one right after the
/// other, the same small write took half as long again or more (docs/performance.md).
///
/// Moments are durations since the rewrite began.
struct SmallWriteTimes {
    private static let most = 6
    /// Between two, once so many are known.
    private static let interval = Duration.seconds(2)
    /// As many answers of ours lie between two then: where large objects leave one a second, a small
    /// write every two seconds would be a third of what is asked, and of the bytes on the wire.
    private static let answersBetween = 16
    /// One that takes longer is given up: nothing else is begun meanwhile.
    static let patience = Duration.seconds(1)

    private var times = RecentTimes(most, from: 3)
    private var count = 0
    private var next = Duration.zero
    /// Nothing else is begun meanwhile, for both to be what they are alone.
    private(set) var isUnderWay = false
    /// Answers of ours since the last; they take turns.
    private var answers = 0

    /// The median of the last six; nil before the third.
    var usual: Duration? { times.median }

    func isDue(at now: Duration) -> Bool {
        answers >= (count < Self.most ? 1 : Self.answersBetween) && now >= next
    }

    mutating func began() {
        isUnderWay = true
        answers = 0
    }

    /// - Parameter latency: nil where it failed or took too long.
    mutating func ended(after latency: Duration?, at now: Duration) {
        isUnderWay = false
        next = now + Self.interval
        guard let latency else { return }
        times.note(latency)
        count += 1
        if count < Self.most { next = now }
    }

    mutating func answeredOurs() { answers += 1 }
}
