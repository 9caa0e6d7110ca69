/// How much of the servers a rewrite takes for itself.
public enum RewritePace: Sendable, Hashable {
    /// As many requests at a time as `ConcurrencyWindow` finds to pay.
    case auto
    /// One request at a time, and after each a pause of four times as long as its answer took: a
    /// fifth of one request's worth of the servers, slower where they are slow.
    case gentle

    /// How long nothing is begun after an answer that took so long.
    func pause(after latency: Duration) -> Duration {
        switch self {
        case .auto: .zero
        case .gentle: latency * 4
        }
    }

    /// How many requests may be under way at a time in all, of so many that were allowed.
    func cap(_ concurrency: Int) -> Int {
        switch self {
        case .auto: concurrency
        case .gentle: 1
        }
    }

    /// Objects to a page of the list, which is one request.
    func pageSize(_ size: Int) -> Int {
        switch self {
        case .auto: size
        case .gentle: min(size, 100)
        }
    }
}
