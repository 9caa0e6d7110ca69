import Testing

@testable import KubeletStandIn

@Suite("waiting before a container that has ended is started again")
struct CrashBackoffTests {
    @Test("ends in a row, no wait at first, then 10 s doubling up to 300 s")
    func doubling() {
        var backoff = CrashBackoff()
        var (now, waits) = (Duration.seconds(100), [Duration]())
        for _ in 0..<8 {
            let start = backoff.restart("a", endedAt: now)
            waits.append(start - now)
            now = start + .seconds(1)
        }
        #expect(waits == [0, 10, 20, 40, 80, 160, 300, 300].map { .seconds($0) })
    }

    @Test("a run of more than ten minutes, the waits begin anew")
    func forgotten() {
        var backoff = CrashBackoff()
        _ = backoff.restart("a", endedAt: .seconds(10))
        _ = backoff.restart("a", endedAt: .seconds(11))
        #expect(backoff.restart("a", endedAt: .seconds(700)) == .seconds(700))
        #expect(backoff.restart("a", endedAt: .seconds(701)) == .seconds(711))
    }

    @Test("another pod's container, isn't kept waiting")
    func keys() {
        var backoff = CrashBackoff()
        _ = backoff.restart("a", endedAt: .zero)
        #expect(backoff.restart("b", endedAt: .zero) == .zero)
        backoff.forget(prefix: "a")
        #expect(backoff.restart("a", endedAt: .seconds(1)) == .seconds(1))
    }
}
