import Basics
import Testing

@testable import KubeAPI

@Suite struct PacingTests {
    @Test("bucket, never more than the rate and a tenth of a second's worth at once")
    func bucket() {
        var bucket = TokenBucket(rate: 50, at: .zero)
        var now = Duration.seconds(10)
        var taken = 0
        while now < .seconds(12) {
            let turn = bucket.nextTurn(at: now)
            if turn <= now {
                bucket.take()
                taken += 1
            } else {
                now = turn
            }
        }
        #expect((100...106).contains(taken))
        var free = TokenBucket(rate: nil, at: .zero)
        #expect(free.nextTurn(at: .seconds(3)) == .seconds(3))
    }

    @Test("pool, the least busy server, not the one that failed, none while all rest")
    func pool() throws {
        var pool = ServerPool(
            count: 3, pace: .fast, concurrency: 8,
            backoff: RetryPolicy(attempts: 3, firstDelay: .seconds(1)))
        var first: [Int] = []
        for _ in 0..<3 {
            let server = try #require(pool.choose(at: .zero))
            pool.began(server, at: .zero)
            first.append(server)
        }
        #expect(Set(first) == [0, 1, 2])
        pool.ended(1, at: .zero)
        #expect(pool.choose(at: .zero) == 1)
        #expect(pool.choose(at: .zero, avoiding: 1) != 1)
        pool.asked(1, toRestFor: .seconds(5), after: .zero, at: .zero)
        #expect(pool.choose(at: .seconds(4)) != 1)
        #expect(pool.choose(at: .seconds(5)) == 1)
        pool.brokeDown(0, after: .zero, at: .zero)
        pool.brokeDown(2, after: .zero, at: .zero)
        #expect(pool.choose(at: .milliseconds(700)) == nil)
        #expect(pool.firstAwake >= .milliseconds(750) && pool.firstAwake <= .milliseconds(1250))
        pool.ended(0, at: .zero)
        pool.ended(2, at: .zero)
        // Failures of one breakdown count once; the next rests longer.
        pool.unreached(0, after: .zero, at: .milliseconds(100))
        #expect(pool.choose(at: .milliseconds(1300), avoiding: 2) == 0)
        pool.unreached(0, after: .zero, at: .milliseconds(1300))
        #expect(pool.choose(at: .milliseconds(2700), avoiding: 2) == 2)
    }

    @Test("a server that was waited for in vain, left alone for as long where there are others")
    func vainWait() {
        for (count, awake) in [(1, Duration.seconds(61)), (2, .seconds(120))] {
            var pool = ServerPool(
                count: count, pace: .gentle, concurrency: 8, backoff: RetryPolicy(attempts: 3))
            pool.unreached(0, after: .seconds(60), at: .seconds(60))
            #expect(pool.nextAwake(after: .seconds(60)).map { $0 <= awake } == true)
            #expect(count == 1 || pool.nextAwake(after: .seconds(119)) == awake)
        }
    }

    @Test(
        "gently, a pause of 29 times an answer's, not above 200 ms but for four times",
        arguments: [
            (4, 116), (5, 145), (8, 200), (40, 200), (60, 240), (1000, 4000), (60000, 10_000),
        ])
    func gentlePauses(latency: Int, pause: Int) {
        #expect(
            RewritePace.gentle.pause(after: .milliseconds(latency), isOnly: true)
                == .milliseconds(pause))
    }

    @Test(
        "usually, a rest thrice as long as the answer took where one request is all that pays, else none"
    )
    func usualRests() {
        func rest(_ pace: RewritePace, _ milliseconds: Int, isOnly: Bool) -> Duration {
            pace.pause(after: .milliseconds(milliseconds), isOnly: isOnly)
        }
        #expect(rest(.auto, 5, isOnly: true) == .milliseconds(15))
        #expect(rest(.auto, 60_000, isOnly: true) == .milliseconds(500))
        #expect(rest(.auto, 5, isOnly: false) == .zero)
        #expect(rest(.fast, 5, isOnly: true) == .zero)
    }

    @Test(
        "an answer that spent some of its time on the way, a rest of thrice the remainder or the half",
        arguments: [(0, 36), (5, 21), (6, 18), (11, 18), (200, 18)])
    func restsOnTheWay(roundTrip: Int, rest: Int) {
        let pause = RewritePace.auto.pause(
            after: .milliseconds(12), roundTrip: .milliseconds(roundTrip), isOnly: true)
        #expect(pause == .milliseconds(rest))
    }

    @Test("the usual pace where answers take much longer than small writes, 29 times as long")
    func heavyRests() {
        func rest(_ milliseconds: Int) -> Duration {
            RewritePace.auto.pause(after: .milliseconds(milliseconds), isOnly: true, isHeavy: true)
        }
        #expect(rest(5) == .milliseconds(145))
        #expect(rest(10) == .milliseconds(290))
        #expect(rest(60) == .seconds(1))
        #expect(rest(300) == .milliseconds(1200))
        #expect(RewritePace.auto.pause(after: .seconds(1), isOnly: false, isHeavy: true) == .zero)
        #expect(RewritePace.fast.pause(after: .seconds(1), isOnly: true, isHeavy: true) == .zero)
    }

    @Test(
        "answers against small writes, heavy from 1.7 times at the server",
        arguments: [
            (6, 4, 0, false), (7, 4, 0, true), (12, 8, 0, false), (12, 9, 5, false),
            (13, 9, 5, true), (nil, 4, 0, false), (60, nil, 0, false),
        ] as [(Int?, Int?, Int, Bool)])
    func heavy(usual: Int?, smallWrite: Int?, roundTrip: Int, isHeavy: Bool) {
        #expect(
            RewritePace.isHeavy(
                usual: usual.map { .milliseconds($0) },
                smallWrite: smallWrite.map { .milliseconds($0) },
                roundTrip: .milliseconds(roundTrip)) == isHeavy)
    }

    @Test("recent times, the median of the last few")
    func recentTimes() {
        var times = RecentTimes(3, from: 2)
        #expect(times.median == nil)
        var medians: [Int] = []
        for time in [9, 1, 5, 2, 3, 3, 8, 8] {
            times.note(.milliseconds(time))
            medians.append(times.median.map { Int($0 / .milliseconds(1)) } ?? 0)
        }
        #expect(medians == [0, 1, 5, 2, 3, 3, 3, 8])
    }

    @Test("a server that only fails, at rest after three times if others serve, else not")
    func failing() {
        var pool = ServerPool(
            count: 2, pace: .fast, concurrency: 8, backoff: RetryPolicy(attempts: 3))
        for _ in 0..<20 { pool.failedThere(0, after: .zero, at: .seconds(1)) }
        #expect(pool.nextAwake(after: .seconds(1)) == nil)
        pool.succeeded(1, after: .milliseconds(5), at: .seconds(2))
        pool.failedThere(0, after: .zero, at: .seconds(2))
        #expect(pool.nextAwake(after: .seconds(2)) != nil)
        pool.succeeded(0, after: .milliseconds(5), at: .seconds(30))
        for _ in 0..<2 { pool.failedThere(0, after: .zero, at: .seconds(31)) }
        pool.succeeded(1, after: .milliseconds(5), at: .seconds(32))
        #expect(pool.nextAwake(after: .seconds(32)) == nil)
        pool.failedThere(0, after: .zero, at: .seconds(32))
        #expect(pool.nextAwake(after: .seconds(32)) != nil)
    }

    @Test("pool, a full server gets no more until something there has ended")
    func fullPool() {
        var pool = ServerPool(
            count: 2, pace: .auto, concurrency: 8,
            backoff: RetryPolicy(attempts: 3))
        var taken: [Int] = []
        while let server = pool.choose(at: .seconds(2)) {
            pool.began(server, at: .seconds(2))
            taken.append(server)
        }
        #expect(taken.sorted() == [0, 1])
        #expect(pool.nextAwake(after: .zero) == nil)
        pool.asked(0, toRestFor: .seconds(2), after: .zero, at: .seconds(2))
        #expect(pool.nextAwake(after: .seconds(3)) == .seconds(4))
        pool.ended(1, at: .zero)
        #expect(pool.choose(at: .seconds(2)) == 1)
    }

    @Test("three servers measured with long rests between, one request at a time all the same")
    func restsWhileMeasured() throws {
        var pool = ServerPool(
            count: 3, pace: .auto, concurrency: 8, backoff: RetryPolicy(attempts: 3))
        var (now, limits) = (Duration.zero, [Int]())
        for _ in 0..<30 {
            let server = try #require(pool.choose(at: now))
            pool.began(server, at: now)
            limits.append(pool.limit(at: now))
            now += .milliseconds(15)
            pool.ended(server, at: now)
            pool.succeeded(server, after: .milliseconds(15), at: now)
            pool.rests(for: .milliseconds(200))
            now += .milliseconds(200)
        }
        #expect(limits == Array(repeating: 1, count: 30))
    }

    @Test("pool, what is avoided is asked where the other has gone mute")
    func avoidedAndMute() {
        var pool = ServerPool(
            count: 2, pace: .auto, concurrency: 8, backoff: RetryPolicy(attempts: 3))
        pool.began(1, at: .zero)
        #expect(pool.choose(at: .milliseconds(900), avoiding: 0) == nil)
        #expect(pool.patienceEnds(after: .milliseconds(900)) == .seconds(1))
        #expect(pool.choose(at: .seconds(1), avoiding: 0) == 0)
    }
}
