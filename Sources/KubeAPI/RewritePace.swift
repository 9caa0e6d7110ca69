/// How much of the servers a rewrite takes for itself.
public enum RewritePace: Sendable, Hashable {
    /// As many requests at a time as `ConcurrencyWindow` finds to pay.
    case auto
    /// One request at a time, and after each a pause of four times as long as its answer took: a
    /// fifth of one request's worth of the servers, slower where they are slow.
    case gentle
    /// As many requests at a time as are allowed, until a server says that it is overloaded. What
    /// others wait for meanwhile is not looked at.
    case fast

    /// At one server, unless fewer are allowed: half of what kube-apiserver changes at a time
    /// (`--max-mutating-requests-inflight` is 200), and as many as one connection carries
    /// (`--http2-max-streams-per-connection` is 100 since 1.29).
    private static let fastConcurrency = 100

    /// How long nothing is begun after an answer that took so long.
    func pause(after latency: Duration) -> Duration {
        switch self {
        case .auto, .fast: .zero
        case .gentle: latency * 4
        }
    }

    /// How many requests may be under way at a time in all, of so many that were allowed.
    func cap(_ concurrency: Int) -> Int {
        switch self {
        case .auto, .fast: concurrency
        case .gentle: 1
        }
    }

    /// How a server's window is found, of so many requests that were allowed.
    func window(_ concurrency: Int) -> ConcurrencyWindow {
        switch self {
        case .auto, .gentle:
            ConcurrencyWindow(cap: cap(concurrency))
        case .fast: ConcurrencyWindow(unmeasured: min(cap(concurrency), Self.fastConcurrency))
        }
    }

    /// Objects to a page of the list, which is one request; as wanted, or as the pace has it.
    ///
    /// Greater pages cost the servers less for each object: with 500, kube-apiserver and etcd needed
    /// 104 microseconds for one, with 2,000 but 70, of some 2,000 in all. Others wait longer behind
    /// one.
    func pageSize(_ wanted: Int?) -> Int {
        switch self {
        case .auto, .fast: wanted ?? 500
        case .gentle: min(wanted ?? 100, 100)
        }
    }
}
