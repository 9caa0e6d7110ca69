internal import Basics

/// Which of several servers gets the next request.
///
/// Each has a window of its own, so that one which answers quickly gets much, one which is slow
/// little, and one far away as much as its distance makes it bear. All windows together say how
/// many requests may be under way, which may be a single one for all servers; one that has gone
/// mute doesn't count, so that nobody waits for it.
struct ServerPool {
    private struct Server {
        var window: ConcurrencyWindow
        var inFlight = 0
        /// Since when nothing was answered, while anything is under way.
        var quietSince = Duration.zero
        /// How often it broke down since it last answered.
        var breakdowns = 0
        /// Failures at single requests since it last did what was asked, and when they began.
        var failures = 0
        var failingSince = Duration.zero
        /// When it last did what was asked.
        var lastSuccess: Duration?
        /// How much of each answer's time is the way there and back, if known.
        var roundTrip: Duration?
        /// Gets no requests until then.
        var restsUntil = Duration.zero

        /// How many requests may be under way here, if all servers together have room.
        var limit: Int { Int(window.places.rounded(.up)) }
        /// From 0 for idle to about 1 for full.
        var load: Double { Double(inFlight) / window.places }

        /// Whether its base isn't known and will be soon.
        func isBeingMeasured(at now: Duration) -> Bool {
            window.isMeasuring && restsUntil <= now && !isMute(at: now)
        }

        func isMute(at now: Duration) -> Bool {
            inFlight > 0 && now >= quietSince + ServerPool.patience
        }
    }

    /// How long the servers are measured in turns, one request at a time at all of them; how long
    /// those whose base is known wait for those whose isn't yet; and how long all wait for one that
    /// doesn't answer.
    private static let patience = Duration.seconds(1)
    /// At single requests in a row; with more it is the server that fails, if others don't.
    private static let bearableFailures = 3

    private var servers: [Server]
    private let backoff: RetryPolicy
    private var last = 0
    private var measuringEnds = patience

    init(count: Int, pace: RewritePace, concurrency: Int, backoff: RetryPolicy) {
        let window = pace.window(concurrency, of: count)
        servers = Array(repeating: Server(window: window), count: count)
        self.backoff = backoff
    }

    /// The server with most room, in turn where several have; another than `avoided` where another
    /// is awake and answers. Nil while all rest or are full.
    func choose(at now: Duration, avoiding avoided: Int? = nil) -> Int? {
        guard hasRoom(at: now) else { return nil }
        let turn = (1...servers.count).map { (last + $0) % servers.count }
        let awake = turn.filter { servers[$0].restsUntil <= now }
        let others = awake.filter { $0 != avoided && !servers[$0].isMute(at: now) }
        var candidates = others.isEmpty ? awake : others
        if measuresInTurns(at: now) {
            let unmeasured = candidates.filter { servers[$0].isBeingMeasured(at: now) }
            if !unmeasured.isEmpty { candidates = unmeasured }
        }
        return
            candidates
            .filter { servers[$0].inFlight < servers[$0].limit }
            .min { servers[$0].load < servers[$1].load }
    }

    /// Whether one more request may be under way, at whichever server.
    func hasRoom(at now: Duration) -> Bool {
        // What was asked when a window was wider takes no place of others.
        let taken = servers.reduce(0) {
            $0 + ($1.isMute(at: now) ? 0 : min($1.inFlight, $1.limit))
        }
        return taken < limit(at: now)
    }

    /// How many requests may be under way at all of them together, but for those that are mute.
    func limit(at now: Duration) -> Int {
        if measuresInTurns(at: now) { return 1 }
        // Three thirds are one, whatever their sum in floating point.
        let places = servers.reduce(0.001) { $0 + ($1.isMute(at: now) ? 0 : $1.window.places) }
        return max(1, Int(places))
    }

    private func measuresInTurns(at now: Duration) -> Bool {
        now < measuringEnds && servers.contains { $0.isBeingMeasured(at: now) }
    }

    /// When others may get room although nothing was answered; nil where that can't be.
    func patienceEnds(after now: Duration) -> Duration? {
        guard servers.count > 1 else { return nil }
        var ends = servers.filter { $0.inFlight > 0 }.map { $0.quietSince + Self.patience }
        if measuresInTurns(at: now) { ends.append(measuringEnds) }
        return ends.filter { $0 > now }.min()
    }

    /// Nothing is begun at any of them for so long, by our own choice: none is slow for that.
    mutating func rests(for pause: Duration) { measuringEnds += pause }

    /// Two requests at a time aren't tried for a while: even one is much for them.
    mutating func keepToOne(at now: Duration) {
        for index in servers.indices { servers[index].window.keepToOne(at: now) }
    }

    /// When the first of them has rested enough.
    var firstAwake: Duration { servers.map(\.restsUntil).min() ?? .zero }

    /// When the first of those that rest still has rested enough; nil where none rests.
    func nextAwake(after now: Duration) -> Duration? {
        servers.map(\.restsUntil).filter { $0 > now }.min()
    }

    mutating func began(_ index: Int, at now: Duration) {
        if servers[index].inFlight == 0 { servers[index].quietSince = now }
        servers[index].inFlight += 1
        last = index
    }

    mutating func ended(_ index: Int, at now: Duration) {
        servers[index].inFlight -= 1
        servers[index].quietSince = now
    }

    mutating func learn(roundTrip: Duration?, of index: Int) {
        servers[index].roundTrip = roundTrip
    }

    func roundTrip(of index: Int) -> Duration? { servers[index].roundTrip }

    /// It gave an answer, be it good or bad.
    mutating func answered(_ index: Int) { servers[index].breakdowns = 0 }

    /// It did what was asked, in this time.
    mutating func succeeded(_ index: Int, after latency: Duration, at now: Duration) {
        answered(index)
        servers[index].failures = 0
        servers[index].lastSuccess = now
        let mayGrow = servers.indices.allSatisfy { $0 == index || isContent($0, at: now) }
        servers[index].window.answered(after: latency, at: now, mayGrow: mayGrow)
        measureTogether(at: now)
    }

    /// Whether nothing is known of this server for which another should not get more requests.
    private func isContent(_ index: Int, at now: Duration) -> Bool {
        let server = servers[index]
        return server.window.isContent || server.restsUntil > now || server.isMute(at: now)
    }

    /// Servers share etcd, if not a machine, so each is measured while none of them has much to do.
    private mutating func measureTogether(at now: Duration) {
        if servers.contains(where: { $0.window.isDue(at: now) }) {
            for index in servers.indices { servers[index].window.measureAnew(at: now) }
            measuringEnds = now + Self.patience
        }
        let isAwaited = servers.contains { $0.isBeingMeasured(at: now) }
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
        rest(index, after: latency, at: now)
    }

    /// The same of one that could not be reached, which says nothing about how much it bears.
    mutating func unreached(_ index: Int, after latency: Duration, at now: Duration) {
        rest(index, after: latency, at: now)
    }

    /// It failed at one request. Where it does so again and again while another server does what is
    /// asked, it can't serve: its quick failures would make it the one with most room.
    mutating func failedThere(_ index: Int, after latency: Duration, at now: Duration) {
        if servers[index].failures == 0 { servers[index].failingSince = now }
        servers[index].failures += 1
        let since = servers[index].failingSince
        let othersServe = servers.contains { $0.lastSuccess.map { $0 > since } ?? false }
        if othersServe, servers[index].failures >= Self.bearableFailures {
            rest(index, after: latency, at: now)
        }
    }

    private mutating func rest(_ index: Int, after latency: Duration, at now: Duration) {
        guard servers[index].restsUntil <= now else { return }
        servers[index].breakdowns += 1
        let delay = backoff.delay(afterAttempt: servers[index].breakdowns)
        // Where others serve, no more time is spent on waiting for this one than without it.
        servers[index].restsUntil = now + (servers.count > 1 ? max(delay, latency) : delay)
    }
}
