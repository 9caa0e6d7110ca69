import Basics
import Testing

@testable import KubeAPI

@Suite("small writes to compare with") struct SmallWriteTimesTests {
    @Test("at the beginning, one after each answer of ours until six are known; then every 2 s")
    func turns() {
        var times = SmallWriteTimes()
        var (now, made) = (Duration.zero, [Duration]())
        while now < .seconds(7) {
            #expect(!times.isDue(at: now), "nothing of ours was answered since the last")
            now += .milliseconds(100)
            times.answeredOurs()
            guard times.isDue(at: now) else { continue }
            made.append(now)
            times.began()
            #expect(times.isUnderWay && !times.isDue(at: now))
            times.ended(after: .milliseconds(made.count), at: now)
            #expect((times.usual == nil) == (made.count < 3))
        }
        #expect(
            made == (1...6).map { .milliseconds(100 * $0) }
                + [.milliseconds(2600), .milliseconds(4600), .milliseconds(6600)])
        #expect(times.usual == .milliseconds(6))
    }

    @Test("few answers of ours, sixteen between two once six are known")
    func slow() {
        var times = SmallWriteTimes()
        var (now, made) = (Duration.zero, [Int]())
        for answer in 1...40 {
            now += .seconds(1)
            times.answeredOurs()
            guard times.isDue(at: now) else { continue }
            made.append(answer)
            times.began()
            times.ended(after: .milliseconds(3), at: now)
        }
        #expect(made == [1, 2, 3, 4, 5, 6, 22, 38])
    }

    @Test("one fails, 2 s until the next, and nothing is told of it")
    func failing() {
        var times = SmallWriteTimes()
        times.answeredOurs()
        times.began()
        times.ended(after: nil, at: .zero)
        #expect(!times.isUnderWay)
        times.answeredOurs()
        #expect(!times.isDue(at: .milliseconds(1999)) && times.isDue(at: .seconds(2)))
        #expect(times.usual == nil)
    }
}
