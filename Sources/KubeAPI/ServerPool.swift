internal import Basics

/// Which of several servers gets the next request.
///
/// Each has a window of its own, so that one which answers quickly gets much, one which is slow
/// little, and one far away as much as its distance makes it bear.
struct ServerPool {
    private struct Server {
        var window: ConcurrencyWindow
        var inFlight = 0
        /// How often it broke down since it last answered.
        var breakdowns = 0
        /// Gets no requests until then.
        var restsUntil = Duration.zero

        var hasRoom: Bool { inFlight < window.limit }
        /// From 0 for idle to 1 for full.
        var load: Double { Double(inFlight) / Double(max(1, window.limit)) }
    }

    /// How long servers whose base is known wait for those whose isn't yet.
    private static let measuringPatience = Duration.seconds(1)

    private var servers: [Server]
    private let backoff: RetryPolicy
    private var last = 0
    /// Nil before the first answer.
    private var measuringEnds: Duration?

    /// - Parameter window: of each server, at the beginning.
    init(count: Int, window: ConcurrencyWindow, backoff: RetryPolicy) {
        servers = Array(repeating: Server(window: window), count: count)
        self.backoff = backoff
    }

    /// The server with most room, in turn where several have; another than `avoided` where another
    /// is awake. Nil while all rest or are full.
    ///
    /// - Parameter waitsForRoom: false for what must not wait behind the others.
    func choose(
        at now: Duration, avoiding avoided: Int? = nil, waitsForRoom: Bool = true
    ) -> Int? {
        let turn = (1...servers.count).map { (last + $0) % servers.count }
        let awake = turn.filter { servers[$0].restsUntil <= now }
        let others = awake.filter { $0 != avoided }
        return (others.isEmpty ? awake : others)
            .filter { !waitsForRoom || servers[$0].hasRoom }
            .min { servers[$0].load < servers[$1].load }
    }

    /// How many requests may be under way at all of them together.
    var limit: Int { servers.reduce(0) { $0 + $1.window.limit } }

    /// When the first of them has rested enough.
    var firstAwake: Duration { servers.map(\.restsUntil).min() ?? .zero }

    /// When the first of those that rest still has rested enough; nil where none rests.
    func nextAwake(after now: Duration) -> Duration? {
        servers.map(\.restsUntil).filter { $0 > now }.min()
    }

    mutating func began(_ index: Int) {
        servers[index].inFlight += 1
        last = index
    }

    mutating func ended(_ index: Int) { servers[index].inFlight -= 1 }

    /// It gave an answer, be it good or bad.
    mutating func answered(_ index: Int) { servers[index].breakdowns = 0 }

    /// It did what was asked, in this time.
    mutating func succeeded(_ index: Int, after latency: Duration, at now: Duration) {
        answered(index)
        servers[index].window.answered(after: latency, at: now)
        measureTogether(at: now)
    }

    /// Servers share etcd, if not a machine, so each is measured while none of them has much to do.
    private mutating func measureTogether(at now: Duration) {
        var ends = measuringEnds ?? now + Self.measuringPatience
        if servers.contains(where: { $0.window.isDue(at: now) }) {
            for index in servers.indices { servers[index].window.measureAnew(at: now) }
            ends = now + Self.measuringPatience
        }
        measuringEnds = ends
        let isAwaited = servers.contains { $0.window.isMeasuring && $0.restsUntil <= now }
        guard !isAwaited || now >= ends else { return }
        for index in servers.indices { servers[index].window.open(at: now) }
    }

    mutating func asked(
        _ index: Int, toRestFor duration: Duration, after latency: Duration, at now: Duration
    ) {
        servers[index].restsUntil = max(servers[index].restsUntil, now + duration)
        servers[index].window.overloaded(after: latency, at: now)
    }

    /// It can't serve: it rests, longer each time. The failures of requests that were under way
    /// together count once.
    mutating func brokeDown(_ index: Int, after latency: Duration, at now: Duration) {
        servers[index].window.overloaded(after: latency, at: now)
        unreached(index, at: now)
    }

    /// The same of one that could not be reached, which says nothing about how much it bears.
    mutating func unreached(_ index: Int, at now: Duration) {
        guard servers[index].restsUntil <= now else { return }
        servers[index].breakdowns += 1
        servers[index].restsUntil = now + backoff.delay(afterAttempt: servers[index].breakdowns)
    }
}
