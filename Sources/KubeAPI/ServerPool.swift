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

        /// How many requests may be under way here, if all servers together have room.
        var limit: Int { Int(window.places.rounded(.up)) }
        /// From 0 for idle to about 1 for full.
        var load: Double { Double(inFlight) / window.places }
    }

    /// How long the servers are measured in turns, one request at a time at all of them; and how
    /// long those whose base is known wait for those whose isn't yet.
    private static let measuringPatience = Duration.seconds(1)

    private var servers: [Server]
    private let backoff: RetryPolicy
    private var last = 0
    private var measuringEnds = measuringPatience

    init(count: Int, pace: RewritePace, concurrency: Int, backoff: RetryPolicy) {
        let window = pace.window(concurrency, of: count)
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
        guard !waitsForRoom || inFlight < limit(at: now) else { return nil }
        let turn = (1...servers.count).map { (last + $0) % servers.count }
        let awake = turn.filter { servers[$0].restsUntil <= now }
        let others = awake.filter { $0 != avoided }
        var candidates = others.isEmpty ? awake : others
        if measuresInTurns(at: now) {
            let measured = candidates.filter { servers[$0].window.isMeasuring }
            if !measured.isEmpty { candidates = measured }
        }
        return
            candidates
            .filter { !waitsForRoom || servers[$0].inFlight < servers[$0].limit }
            .min { servers[$0].load < servers[$1].load }
    }

    /// How many requests may be under way at all of them together.
    func limit(at now: Duration) -> Int {
        if measuresInTurns(at: now) { return 1 }
        // Three thirds are one, whatever their sum in floating point.
        return max(1, Int(servers.reduce(0.001) { $0 + $1.window.places }))
    }

    /// What one that doesn't answer was asked when its window was wider takes no place of others.
    private var inFlight: Int { servers.reduce(0) { $0 + min($1.inFlight, $1.limit) } }

    private func measuresInTurns(at now: Duration) -> Bool {
        now < measuringEnds
            && servers.contains { $0.window.isMeasuring && $0.restsUntil <= now }
    }

    /// When others get room although nothing was answered; nil where that can't be.
    func turnsEnd(after now: Duration) -> Duration? {
        servers.count > 1 && measuresInTurns(at: now) ? measuringEnds : nil
    }

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
        if servers.contains(where: { $0.window.isDue(at: now) }) {
            for index in servers.indices { servers[index].window.measureAnew(at: now) }
            measuringEnds = now + Self.measuringPatience
        }
        let isAwaited = servers.contains { $0.window.isMeasuring && $0.restsUntil <= now }
        guard !isAwaited || now >= measuringEnds else { return }
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
