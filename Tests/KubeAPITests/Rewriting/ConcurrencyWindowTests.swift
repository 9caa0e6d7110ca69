import Basics
import Testing

@testable import KubeAPI

@Suite struct ConcurrencyWindowTests {
    private static let probed = 10
    private static let judged = 16

    /// A window and the time of day.
    private struct Course {
        var window = ConcurrencyWindow(cap: 64)
        var now = Duration.zero

        var limit: Int { Int(window.places) }

        /// One after the other, so that each began when the one before had ended.
        mutating func answers(_ count: Int, after latency: Duration) {
            for _ in 0..<count {
                now += latency + .microseconds(1)
                window.answered(after: latency, at: now)
                window.open(at: now)
                if window.isDue(at: now) { window.measureAnew(at: now) }
            }
        }
    }

    @Test("one at a time until the base is known, then doubled until answers take too long")
    func start() {
        var course = Course()
        #expect(course.limit == 1)
        course.answers(Self.probed, after: .milliseconds(20))
        #expect(course.limit == 2)
        course.answers(2 * Self.judged, after: .milliseconds(20))
        #expect(course.limit == 8)
        course.answers(Self.judged, after: .milliseconds(23))
        #expect(course.limit == 16)
        // Bearable are 23.5 ms: back in proportion, and no doubling any more.
        course.answers(Self.judged, after: .milliseconds(36))
        #expect(course.limit == 10)
        course.answers(Self.judged, after: .milliseconds(22))
        #expect(course.limit == 12)
        course.answers(Self.judged, after: .milliseconds(500))
        #expect(course.limit == 6)
    }

    @Test("two were far too many, one at a time until the base is measured anew; then later")
    func coarse() {
        var course = Course()
        course.answers(Self.probed, after: .milliseconds(20))
        var trials: [Duration] = []
        var wasOne = true
        while course.now < .seconds(200) {
            let two = course.limit > 1 && !course.window.isMeasuring
            if two && wasOne { trials.append(course.now) }
            wasOne = !two
            course.answers(1, after: .milliseconds(two ? 40 : 20))
        }
        let pauses = zip(trials, trials.dropFirst()).map { ($1 - $0).inSeconds }
        #expect(pauses.count == 4, "\(trials)")
        for (pause, wanted) in zip(pauses, [10.0, 20, 40, 80]) {
            // Until the next time that the base is measured, and then until the window has grown.
            #expect(pause >= wanted && pause < wanted + 14, "\(pauses)")
        }
    }

    @Test("three were a little too many, tried again at once; two not before the base is new")
    func alittle() {
        var course = Course()
        course.answers(Self.probed + Self.judged, after: .milliseconds(20))
        #expect(course.limit == 4)
        course.answers(2 * Self.judged, after: .milliseconds(27))
        #expect(course.limit == 3)
        course.answers(Self.judged, after: .milliseconds(27))
        #expect(course.limit == 2)
        course.answers(Self.judged, after: .milliseconds(20))
        #expect(course.limit == 3)
        course.answers(2 * Self.judged, after: .milliseconds(27))
        #expect(course.limit == 2)
        course.answers(Self.judged, after: .milliseconds(25))
        #expect(course.limit == 1)
        course.answers(4 * Self.judged, after: .milliseconds(20))
        #expect(course.limit == 1)
    }

    @Test("one of four, a quarter of one request at the beginning and at the end")
    func share() {
        var course = Course(window: ConcurrencyWindow(cap: 64, of: 4))
        #expect(course.window.places == 1)
        course.answers(Self.probed, after: .milliseconds(20))
        #expect(course.window.places == 0.25)
        course.answers(2 * 6, after: .milliseconds(20))
        #expect(course.window.places == 1)
        course.answers(2 * 6, after: .milliseconds(200))
        #expect(course.window.places == 0.25)
    }

    @Test("answers sooner than the base, which was of a bad moment; it is measured anew at once")
    func slowBeginning() {
        var course = Course()
        course.answers(Self.probed, after: .milliseconds(26))
        course.answers(Self.judged, after: .milliseconds(24))
        #expect(!course.window.isMeasuring && course.limit == 4)
        course.answers(Self.judged, after: .milliseconds(13))
        #expect(course.window.isMeasuring && course.limit == 1)
        course.answers(Self.probed, after: .milliseconds(8))
        #expect(course.limit == 4)
        course.answers(Self.judged, after: .milliseconds(13))
        #expect(course.limit == 2)
    }

    @Test("another server's answers are late, no growth; shrinking all the same")
    func unanimous() {
        var window = ConcurrencyWindow(cap: 64, of: 2)
        var now = Duration.zero
        func answers(_ count: Int, after latency: Duration, mayGrow: Bool) {
            for _ in 0..<count {
                now += latency + .microseconds(1)
                window.answered(after: latency, at: now, mayGrow: mayGrow)
                window.open(at: now)
            }
        }
        answers(Self.probed + 16, after: .milliseconds(20), mayGrow: true)
        #expect(window.places == 2)
        answers(40, after: .milliseconds(20), mayGrow: false)
        #expect(window.places == 2 && window.isContent)
        answers(8, after: .milliseconds(200), mayGrow: false)
        #expect(window.places == 1 && !window.isContent)
    }

    @Test("answers of before a probe, not counted by it; its first and its slowest neither")
    func probe() {
        var course = Course()
        course.answers(Self.probed, after: .milliseconds(10))
        course.now = .seconds(12)
        course.answers(1, after: .milliseconds(10))
        // Eleven seconds on, so the server is measured anew.
        #expect(course.limit == 1)
        for _ in 0..<20 {
            course.window.answered(after: .seconds(3), at: course.now + .seconds(1))
        }
        #expect(course.limit == 1)
        course.answers(2, after: .milliseconds(700))
        course.answers(Self.probed - 4, after: .milliseconds(30))
        course.answers(2, after: .milliseconds(900))
        #expect(course.limit == 2)
        course.answers(Self.judged, after: .milliseconds(34))
        #expect(course.limit == 4)
    }

    @Test("answers begun before the window was changed, not held against it")
    func echoes() {
        var course = Course()
        course.answers(Self.probed, after: .milliseconds(20))
        for _ in 0..<40 {
            course.window.answered(after: .milliseconds(200), at: course.now + .milliseconds(90))
        }
        #expect(course.limit == 2)
    }

    @Test("a server that says it's overloaded, half; echoes of the same not heeded; never none")
    func overload() {
        var course = Course()
        course.answers(Self.probed + 3 * Self.judged, after: .milliseconds(20))
        #expect(course.limit == 16)
        course.window.overloaded(after: .milliseconds(20), at: .seconds(2))
        course.window.overloaded(after: .milliseconds(20), at: .seconds(2) + .milliseconds(40))
        #expect(course.limit == 8)
        for second in 3..<20 { course.window.overloaded(after: .zero, at: .seconds(second)) }
        #expect(course.limit == 1)
    }

    @Test(
        "unmeasured, all at once whatever answers take; half when the server is overloaded")
    func unmeasured() {
        var course = Course(window: ConcurrencyWindow(unmeasured: 20))
        #expect(course.limit == 20)
        course.answers(100, after: .seconds(5))
        #expect(course.limit == 20)
        #expect(!course.window.isDue(at: .seconds(100_000)) && !course.window.isMeasuring)
        course.window.overloaded(after: .milliseconds(20), at: .seconds(100_000))
        #expect(course.limit == 10)
        course.now = .seconds(100_000)
        course.answers(Self.judged, after: .seconds(1))
        #expect(course.limit == 11)
    }

    @Test("pace fast before queues that grow, the greatest rate and no more than a hundred each")
    func fast() {
        let near = SimulatedQueue(work: .milliseconds(2), workers: 4)
        let far = SimulatedQueue(distance: .milliseconds(30), work: .milliseconds(2), workers: 8)
        let run = QueueRun([near, far], pace: .fast, for: 24)
        #expect(run.rates[0] > 0.98 * near.greatestRate, "\(run)")
        #expect(run.meanLatency[0] < 100 / near.greatestRate + 0.001, "\(run)")
        // A hundred on their way for 32 ms are fewer than it could do.
        #expect(run.rates[1] > 0.95 * 100 / 0.032, "\(run)")
    }

    @Test("window with a cap of 1, never more")
    func windowOfOne() {
        var course = Course(window: ConcurrencyWindow(cap: 1))
        course.answers(100, after: .milliseconds(1))
        #expect(course.limit == 1)
    }

    @Test(
        "a server as a queue, nearly its greatest rate and answers in at most twice the base",
        arguments: [
            SimulatedQueue(work: .milliseconds(4), workers: 2),
            SimulatedQueue(work: .milliseconds(10), workers: 1),
            SimulatedQueue(work: .milliseconds(5), workers: 16),
            SimulatedQueue(distance: .milliseconds(5), work: .milliseconds(3), workers: 2),
            SimulatedQueue(distance: .milliseconds(20), work: .milliseconds(1), workers: 2),
            SimulatedQueue(distance: .milliseconds(20), work: .milliseconds(3), workers: 8),
        ])
    func queue(server: SimulatedQueue) {
        let run = QueueRun([server], for: 24)
        #expect(run.rates[0] > 0.95 * server.greatestRate, "\(run)")
        // With one worker two at a time already queue.
        let base = server.distance + server.work * (server.workers == 1 ? 2 : 1)
        #expect(run.meanLatency[0] < 2 * base.inSeconds + 0.003, "\(run)")
    }

    @Test("servers of different speed, each as much as it bears")
    func unequal() {
        let quick = SimulatedQueue(work: .milliseconds(2), workers: 4)
        let slow = SimulatedQueue(work: .milliseconds(20), workers: 2)
        let far = SimulatedQueue(distance: .milliseconds(30), work: .milliseconds(2), workers: 4)
        let run = QueueRun([quick, slow, far], for: 24)
        for (rate, server) in zip(run.rates, [quick, slow, far]) {
            #expect(rate > 0.9 * server.greatestRate, "\(run)")
        }
    }

    @Test("three servers before one etcd, the queue there stays short for ever")
    func shared() {
        let etcd = SimulatedQueue(work: .milliseconds(4), workers: 4)
        let run = QueueRun([etcd], servers: 3, for: 60)
        #expect(run.rates.reduce(0, +) > 0.9 * etcd.greatestRate, "\(run)")
        for latency in run.meanLatency { #expect(latency < 2 * 0.004 + 0.003, "\(run)") }
    }

    @Test("three servers that share one worker, one request at a time in all and in turns")
    func oneForAll() {
        let machine = SimulatedQueue(work: .milliseconds(6), workers: 1)
        let run = QueueRun([machine], servers: 3, for: 60)
        #expect(run.rates.reduce(0, +) > 0.95 * machine.greatestRate, "\(run)")
        for rate in run.rates { #expect(rate > 0.25 * machine.greatestRate, "\(run)") }
        for latency in run.meanLatency { #expect(latency < 1.1 * 0.006, "\(run)") }
    }

    @Test(
        "one of three doesn't answer any more, the others aren't held up by it",
        arguments: [Duration.zero, .seconds(7)], [1, 16])
    func mute(from moment: Duration, workers: Int) {
        let machine = SimulatedQueue(work: .milliseconds(4), workers: workers)
        let run = QueueRun([machine], servers: 3, for: 40, mute: (2, moment))
        #expect(run.rates.reduce(0, +) > 0.9 * machine.greatestRate, "\(run)")
        #expect(run.rates[2] == 0)
    }

    @Test(
        "two requests a little too many, not tried again before the base is measured anew",
        arguments: [1, 2, 3, 7])
    func ceiling(servers: Int) throws {
        var pool = ServerPool(
            count: servers, pace: .auto, concurrency: 64, backoff: RetryPolicy(attempts: 3))
        var underWay: [(server: Int, begin: Duration, end: Duration)] = []
        var now = Duration.zero
        var doubled: [Duration] = []
        while now < .seconds(9) {
            while let server = pool.choose(at: now) {
                pool.began(server, at: now)
                if !underWay.isEmpty { doubled.append(now) }
                let latency: Duration = .milliseconds(underWay.isEmpty ? 10 : 13)
                underWay.append((server, now, now + latency))
            }
            let next = try #require(underWay.indices.min { underWay[$0].end < underWay[$1].end })
            let done = underWay.remove(at: next)
            now = done.end
            pool.ended(done.server, at: now)
            pool.succeeded(done.server, after: done.end - done.begin, at: now)
        }
        let first = try #require(doubled.first)
        let last = try #require(doubled.last)
        #expect(last - first < .seconds(1), "\(doubled.count) times, \(first) to \(last)")
    }

    @Test("another's answers are late, none gets more until all are measured anew")
    func unanimousPool() {
        var pool = ServerPool(
            count: 2, pace: .auto, concurrency: 64, backoff: RetryPolicy(attempts: 3))
        var now = Duration.zero
        func answers(_ count: Int, of server: Int, after latency: Duration) {
            for _ in 0..<count {
                now += latency + .microseconds(1)
                pool.succeeded(server, after: latency, at: now)
            }
        }
        for server in 0..<2 { answers(Self.probed, of: server, after: .milliseconds(20)) }
        answers(8, of: 1, after: .milliseconds(200))
        answers(100, of: 0, after: .milliseconds(20))
        #expect(now < .seconds(5) && pool.limit(at: now) == 1)
        now += .seconds(10)
        for server in [0, 0, 1] { answers(Self.probed, of: server, after: .milliseconds(20)) }
        answers(100, of: 0, after: .milliseconds(20))
        #expect(pool.limit(at: now) > 4)
    }

    @Test("measured anew, what is avoided is asked only where no other can be")
    func avoidedWhileMeasuring() {
        var pool = ServerPool(
            count: 2, pace: .auto, concurrency: 64, backoff: RetryPolicy(attempts: 3))
        for _ in 0..<Self.probed {
            pool.succeeded(0, after: .milliseconds(1), at: .milliseconds(100))
        }
        // It is the other's turn.
        #expect(pool.choose(at: .milliseconds(100)) == 1)
        #expect(pool.choose(at: .milliseconds(100), avoiding: 1) == 0)
        pool.asked(0, toRestFor: .seconds(1), after: .zero, at: .milliseconds(100))
        #expect(pool.choose(at: .milliseconds(100), avoiding: 1) == 1)
    }

    @Test("a server that becomes slow for others' sake, the queue stays short for ever")
    func slower() {
        let run = QueueRun([SimulatedQueue(work: .milliseconds(2), workers: 4)], for: 60) {
            now, queues in
            if now > .seconds(10) { queues[0].work = .milliseconds(12) }
        }
        #expect(run.rates[0] > 0.95 * 4 / 0.012, "\(run)")
        #expect(run.meanLatency[0] < 2 * 0.012 + 0.003, "\(run)")
    }
}
