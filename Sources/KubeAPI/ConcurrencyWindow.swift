/// How many requests may be under way at a time, learnt from how the servers bear it.
///
/// Additive increase and multiplicative decrease, as TCP's congestion control (Chiu and Jain,
/// 1989): it doubles once per window of answers until the first sign of overload, then grows by an
/// eighth. A server that says it is overloaded halves it; answers that take several times as long
/// as they did at first take a quarter away, since then requests only queue, and the cluster's
/// other users with them.
struct ConcurrencyWindow {
    private static let start = 8.0
    private static let least = 1.0
    /// Slow answers count as overload from here only: below it, waiting harms nobody.
    private static let harmless = 0.1
    private static let slowdown = 5.0

    private let cap: Double
    private var size: Double
    private var isStarting = true
    /// Of the window under way: answers and the sum of their seconds.
    private var answers = 0
    private var seconds = 0.0
    /// The lowest mean latency of a window, in seconds; rises slowly, so that servers that became
    /// slower for good aren't held back for ever.
    private var base = Double.infinity
    /// Until then signs of overload are echoes of the one that was heeded.
    private var deafUntil = Duration.zero

    init(cap: Int) {
        self.cap = Double(cap)
        size = min(Self.start, Double(cap))
    }

    var limit: Int { Int(size) }

    mutating func answered(after latency: Duration, at now: Duration) {
        answers += 1
        seconds += latency.inSeconds
        guard answers >= limit else { return }
        let mean = seconds / Double(answers)
        answers = 0
        seconds = 0
        base = min(mean, base * 1.02)
        if mean > max(Self.harmless, base * Self.slowdown) {
            shrink(to: 0.75, echo: .seconds(mean), at: now)
        } else {
            size = min(cap, isStarting ? size * 2 : size + max(1, size / 8))
        }
    }

    /// A server asked for less, or broke down.
    mutating func overloaded(after latency: Duration, at now: Duration) {
        shrink(to: 0.5, echo: max(latency, .milliseconds(50)), at: now)
    }

    private mutating func shrink(to share: Double, echo: Duration, at now: Duration) {
        guard now >= deafUntil else { return }
        deafUntil = now + echo
        isStarting = false
        size = max(Self.least, size * share)
        answers = 0
        seconds = 0
    }
}
