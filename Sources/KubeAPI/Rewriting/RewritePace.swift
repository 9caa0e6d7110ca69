/// How much of the servers a rewrite takes for itself.
public enum RewritePace: Sendable, Hashable {
    /// As many requests at a time as `ConcurrencyWindow` finds to pay. Where that is one in all, the
    /// server is so small that even one takes much of it: then it rests after each three times as long
    /// as the server was at it, so that three of four of others' requests meet none. Where the answers
    /// take much longer than small writes it is one, and rests like `gentle`'s follow, up to a second:
    /// rests of up to eight times as long still left others' slowest hundredth at about twice its
    /// time there, or more.
    case auto
    /// One request at a time, and after each a pause: 29 times as long as its answer took, so that
    /// one of thirty of others' requests meets it, which their slowest hundredth hardly shows
    /// (docs/performance.md). What takes long is the way rather than the server, or a server
    /// that is busy anyhow: the pause grows to 200 ms, and beyond that is four times as long.
    case gentle
    /// As many requests at a time as are allowed, until a server says that it is overloaded. What
    /// others wait for meanwhile is not looked at.
    case fast

    /// At one server, unless fewer are allowed: half of what kube-apiserver changes at a time
    /// (`--max-mutating-requests-inflight` is 200), and as many as one connection carries
    /// (`--http2-max-streams-per-connection` is 100 since 1.29).
    private static let fastConcurrency = 100

    /// `auto`'s, by what the server was at it.
    private static let restRatio = 3
    /// `gentle`'s, by what an answer took: one of thirty of others' requests meets one of ours.
    private static let gentleRatio = 29

    /// What takes longer tells of a server that is away rather than of one that is busy.
    private static let longestPause = Duration.seconds(10)
    /// Of answers that come soon.
    private static let usualPause = Duration.milliseconds(200)

    /// With `auto`, where objects of nearly a MiB are answered for in some 30 ms: what takes longer
    /// than a small write takes the server's time rather than the way's.
    private static let longestHeavyPause = Duration.seconds(1)

    /// With `auto`, where answers that take longer are no sign of a small server either.
    private static let longestRest = Duration.milliseconds(500)

    /// Of an answer to a small write's time. With objects of 1 KiB and 10 KiB medians were 0.8 to 1.5,
    /// with such of 100 KiB 2, of 500 KiB 4 and more.
    private static let heavyRatio = 1.7

    /// How long nothing is begun after an answer that took so long.
    ///
    /// - Parameters:
    ///   - roundTrip: how much of that was the way, if that is known. At most half is believed: a
    ///     handshake may have had to wait for something else.
    ///   - isOnly: no more than one request was to be under way, at all servers together.
    ///   - isHeavy: as `isHeavy(usual:smallWrite:roundTrip:)` finds.
    func pause(
        after latency: Duration, roundTrip: Duration? = nil, isOnly: Bool, isHeavy: Bool = false
    ) -> Duration {
        switch self {
        case .fast: .zero
        case .auto where !isOnly: .zero
        case .auto where isHeavy:
            max(
                longPause(after: latency),
                min(
                    Self.atServer(latency, roundTrip) * Self.gentleRatio, Self.longestHeavyPause))
        case .auto: min(Self.atServer(latency, roundTrip) * Self.restRatio, Self.longestRest)
        case .gentle: longPause(after: latency)
        }
    }

    private func longPause(after latency: Duration) -> Duration {
        let usual = min(latency * Self.gentleRatio, Self.usualPause)
        return min(max(latency * 4, usual), Self.longestPause)
    }

    private static func atServer(_ latency: Duration, _ roundTrip: Duration?) -> Duration {
        max(latency - (roundTrip ?? .zero), latency / 2)
    }

    /// Whether one of our requests is more than the server mostly has to do at a time, as where
    /// the objects are large. The limit is what was found to tell such of 100 KiB from such of
    /// 1 KiB (docs/performance.md), on one machine.
    ///
    /// - Parameters:
    ///   - usual: what our answers take lately; nil: not known yet.
    ///   - smallWrite: what a small write takes meanwhile; nil: not known.
    static func isHeavy(
        usual: Duration?, smallWrite: Duration?, roundTrip: Duration?
    ) -> Bool {
        guard let usual, let smallWrite else { return false }
        return atServer(usual, roundTrip) > atServer(smallWrite, roundTrip) * heavyRatio
    }

    /// How many requests may be under way at a time in all, of so many that were allowed.
    func cap(_ concurrency: Int) -> Int {
        switch self {
        case .auto, .fast: concurrency
        case .gentle: 1
        }
    }

    /// How the window of one of several servers is found, of so many requests that were allowed.
    func window(_ concurrency: Int, of servers: Int) -> ConcurrencyWindow {
        switch self {
        case .auto, .gentle: ConcurrencyWindow(cap: cap(concurrency), of: servers)
        case .fast: ConcurrencyWindow(unmeasured: min(cap(concurrency), Self.fastConcurrency))
        }
    }

    /// The pages of the list, each of which is one request: as wanted, or as the pace has them.
    /// Others wait longer behind a greater one.
    func pages(_ wanted: Int?) -> ListPages {
        let bound = self == .gentle ? 500 : 10_000
        if let wanted { return ListPages(usual: min(wanted, bound), greatest: min(wanted, bound)) }
        return self == .gentle
            ? ListPages(usual: 100, greatest: bound) : ListPages(usual: 500, greatest: 2000)
    }
}
