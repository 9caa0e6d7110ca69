/// When the configuration file is looked at: in fixed intervals, and in between while looks fail.
///
/// kube-apiserver has both from one queue (`encryptionconfig/controller/controller.go`). Each
/// failure puts the next look off for longer, from 5 ms, doubled, to 1000 s; the number of failures
/// isn't forgotten when one succeeds.
struct ReloadSchedule {
    typealias Instant = ContinuousClock.Instant

    private let interval: Duration
    private var poll: Instant
    private var retry: Instant?
    private var failures = 0

    /// - Parameter start: of the server, which looks at once.
    init(every interval: Duration, from start: Instant) {
        self.interval = interval
        poll = start
    }

    /// When the next look is due.
    var next: Instant { retry.map { min($0, poll) } ?? poll }

    /// A look that was due is over.
    mutating func looked(at now: Instant, failed: Bool) {
        while poll <= now { poll += interval }
        if let due = retry, due <= now { retry = nil }
        guard failed else { return }
        let delay = min(.milliseconds(5) * (1 << min(failures, 30)), .seconds(1000))
        failures += 1
        retry = min(retry ?? now + delay, now + delay)
    }
}
