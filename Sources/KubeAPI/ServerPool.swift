internal import Basics

/// Which of several servers gets the next request.
struct ServerPool {
    private struct Server {
        var inFlight = 0
        /// How often it broke down since it last answered.
        var breakdowns = 0
        /// Gets no requests until then.
        var restsUntil = Duration.zero
    }

    private var servers: [Server]
    private let backoff: RetryPolicy
    private var last = 0

    init(count: Int, backoff: RetryPolicy) {
        servers = Array(repeating: Server(), count: count)
        self.backoff = backoff
    }

    /// The server with the fewest requests under way, in turn where several have; another than
    /// `avoided` if there is one. Nil while all rest.
    func choose(at now: Duration, avoiding avoided: Int? = nil) -> Int? {
        let turn = (1...servers.count).map { (last + $0) % servers.count }
        let awake = turn.filter { servers[$0].restsUntil <= now }
        let preferred = awake.filter { $0 != avoided }
        return (preferred.isEmpty ? awake : preferred).min {
            servers[$0].inFlight < servers[$1].inFlight
        }
    }

    /// When the first of them has rested enough.
    var firstAwake: Duration { servers.map(\.restsUntil).min() ?? .zero }

    mutating func began(_ index: Int) {
        servers[index].inFlight += 1
        last = index
    }

    mutating func ended(_ index: Int) { servers[index].inFlight -= 1 }

    /// It gave an answer, be it good or bad.
    mutating func answered(_ index: Int) { servers[index].breakdowns = 0 }

    mutating func asked(_ index: Int, toRestFor duration: Duration, at now: Duration) {
        servers[index].restsUntil = max(servers[index].restsUntil, now + duration)
    }

    /// It could not be reached, or can't serve: it rests, longer each time. The failures of
    /// requests that were under way together count once.
    mutating func brokeDown(_ index: Int, at now: Duration) {
        guard servers[index].restsUntil <= now else { return }
        servers[index].breakdowns += 1
        servers[index].restsUntil = now + backoff.delay(afterAttempt: servers[index].breakdowns)
    }
}
