import Basics
import Testing

@testable import KubeAPI

@Suite struct PacingTests {
    @Test("window, doubles until the first overload, then halves and grows by an eighth")
    func windowGrowth() {
        var window = ConcurrencyWindow(cap: 128)
        func answers(_ count: Int, at now: Duration) {
            for _ in 0..<count { window.answered(after: .milliseconds(5), at: now) }
        }
        #expect(window.limit == 8)
        answers(8, at: .zero)
        #expect(window.limit == 16)
        answers(16 + 32 + 64, at: .zero)
        #expect(window.limit == 128)
        answers(1000, at: .zero)
        #expect(window.limit == 128)
        window.overloaded(after: .milliseconds(5), at: .seconds(1))
        #expect(window.limit == 64)
        // An echo of the same overload.
        window.overloaded(after: .milliseconds(5), at: .seconds(1) + .milliseconds(40))
        #expect(window.limit == 64)
        answers(64, at: .seconds(2))
        #expect(window.limit == 72)
        for step in 0..<20 { window.overloaded(after: .zero, at: .seconds(3 + step)) }
        #expect(window.limit == 1)
        answers(1, at: .seconds(60))
        #expect(window.limit == 2)
    }

    @Test("window, answers that take many times longer, a quarter less")
    func windowLatency() {
        var window = ConcurrencyWindow(cap: 64)
        for _ in 0..<56 { window.answered(after: .milliseconds(20), at: .zero) }
        #expect(window.limit == 64)
        for _ in 0..<64 { window.answered(after: .milliseconds(90), at: .seconds(1)) }
        #expect(window.limit == 64)
        for _ in 0..<64 { window.answered(after: .milliseconds(300), at: .seconds(2)) }
        #expect(window.limit == 48)
    }

    @Test("window with a cap of 1, never more")
    func windowOfOne() {
        var window = ConcurrencyWindow(cap: 1)
        for _ in 0..<10 { window.answered(after: .milliseconds(1), at: .zero) }
        #expect(window.limit == 1)
    }

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
            count: 3, backoff: RetryPolicy(attempts: 3, firstDelay: .seconds(1)))
        var first: [Int] = []
        for _ in 0..<3 {
            let server = try #require(pool.choose(at: .zero))
            pool.began(server)
            first.append(server)
        }
        #expect(Set(first) == [0, 1, 2])
        pool.ended(1)
        #expect(pool.choose(at: .zero) == 1)
        #expect(pool.choose(at: .zero, avoiding: 1) != 1)
        pool.asked(1, toRestFor: .seconds(5), at: .zero)
        #expect(pool.choose(at: .seconds(4)) != 1)
        #expect(pool.choose(at: .seconds(5)) == 1)
        pool.brokeDown(0, at: .zero)
        pool.brokeDown(2, at: .zero)
        #expect(pool.choose(at: .milliseconds(700)) == nil)
        #expect(pool.firstAwake >= .milliseconds(750) && pool.firstAwake <= .milliseconds(1250))
        // Failures of one breakdown count once; the next rests longer.
        pool.brokeDown(0, at: .milliseconds(100))
        #expect(pool.choose(at: .milliseconds(1300), avoiding: 2) == 0)
        pool.brokeDown(0, at: .milliseconds(1300))
        #expect(pool.choose(at: .milliseconds(2700), avoiding: 2) == 2)
    }
}
