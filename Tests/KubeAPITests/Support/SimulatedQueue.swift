import Basics

@testable import KubeAPI

/// An API server as a queue: whatever is asked takes a time of its own, and the server can work at so
/// many requests at once. Moments are durations since the start.
struct SimulatedQueue {
    /// How far away it is, there and back.
    var distance: Duration = .zero
    /// How long it works at one request.
    var work: Duration
    /// At how many it can work at once.
    var workers: Int

    private var freeAt: [Duration]

    init(distance: Duration = .zero, work: Duration, workers: Int) {
        self.distance = distance
        self.work = work
        self.workers = workers
        freeAt = Array(repeating: .zero, count: workers)
    }

    /// The greatest number of answers a second.
    var greatestRate: Double { Double(workers) / work.inSeconds }

    /// - Returns: when a request that is sent now is answered.
    mutating func ask(at now: Duration) -> Duration {
        let next = freeAt.indices.min { freeAt[$0] < freeAt[$1] } ?? 0
        freeAt[next] = max(freeAt[next], now + distance / 2) + work
        return freeAt[next] + distance / 2
    }
}

/// What came of asking some queues for a while, as a pool decides.
struct QueueRun {
    private(set) var answers: [Int]
    /// Of all answers of the second half.
    private(set) var meanLatency: [Double]

    /// - Parameters:
    ///   - servers: where they are more than the queues, several share one; else one has one.
    ///   - mute: a server that answers nothing that is asked after some moment.
    ///   - change: may change the servers as time goes by.
    init(
        _ queues: [SimulatedQueue], servers: Int? = nil, pace: RewritePace = .auto,
        cap: Int = 1024, for seconds: Int, mute: (server: Int, from: Duration)? = nil,
        change: (Duration, inout [SimulatedQueue]) -> Void = { _, _ in }
    ) {
        var queues = queues
        let count = servers ?? queues.count
        var pool = ServerPool(
            count: count, pace: pace, concurrency: cap,
            backoff: RetryPolicy(attempts: 3))
        var underWay: [(server: Int, begin: Duration, end: Duration)] = []
        var (now, half) = (Duration.zero, Duration.seconds(seconds) / 2)
        answers = Array(repeating: 0, count: count)
        var sums = Array(repeating: 0.0, count: count)
        while now < .seconds(seconds) {
            change(now, &queues)
            while let server = pool.choose(at: now) {
                pool.began(server, at: now)
                if let mute, server == mute.server, now >= mute.from { continue }
                underWay.append((server, now, queues[server % queues.count].ask(at: now)))
            }
            let first = underWay.indices.min { underWay[$0].end < underWay[$1].end }
            let wake = pool.patienceEnds(after: now)
            if let wake, first.map({ wake < underWay[$0].end }) ?? true {
                now = wake
                continue
            }
            guard let first else { break }
            let done = underWay.remove(at: first)
            now = done.end
            pool.ended(done.server, at: now)
            pool.succeeded(done.server, after: done.end - done.begin, at: now)
            guard now > half else { continue }
            answers[done.server] += 1
            sums[done.server] += (done.end - done.begin).inSeconds
        }
        half = .seconds(seconds) - half
        meanLatency = zip(sums, answers).map { $1 > 0 ? $0 / Double($1) : 0 }
        rates = answers.map { Double($0) / half.inSeconds }
    }

    /// Answers a second of each.
    private(set) var rates: [Double]
}
