import Basics
import Synchronization
import Testing

private final class Counter: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }

    func next() -> Int {
        value.withLock {
            $0 += 1
            return $0
        }
    }
}

@Suite struct RetryTests {
    private let policy = RetryPolicy(attempts: 3, firstDelay: .milliseconds(1))

    private func failing(_ times: Int, with fault: Fault, tries: Counter) async throws -> Int {
        try await retrying(policy, when: { ($0 as? Fault)?.code == .unreachable }) {
            let attempt = tries.next()
            if attempt <= times { throw fault }
            return attempt
        }
    }

    @Test("a passing failure, tried again until it works")
    func transient() async throws {
        let tries = Counter()
        #expect(try await failing(2, with: Fault(.unreachable, "down"), tries: tries) == 3)
    }

    @Test("a failure that stays, thrown after the last attempt")
    func exhausted() async {
        let tries = Counter()
        await #expect(throws: Fault.self) {
            try await failing(9, with: Fault(.unreachable, "down"), tries: tries)
        }
        #expect(tries.count == 3)
    }

    @Test("a failure that trying again can't mend, thrown at once")
    func permanent() async {
        let tries = Counter()
        await #expect(throws: Fault.self) {
            try await failing(9, with: Fault(.denied, "no"), tries: tries)
        }
        #expect(tries.count == 1)
    }

    @Test("delays double up to the longest, spread by a quarter")
    func delays() {
        let policy = RetryPolicy(
            attempts: 9, firstDelay: .milliseconds(100), longestDelay: .milliseconds(300))
        for (attempt, nominal) in [(1, 100), (2, 200), (3, 300), (9, 300), (500, 300)] {
            let delay = policy.delay(afterAttempt: attempt)
            #expect(
                delay >= .milliseconds(nominal * 3 / 4) && delay <= .milliseconds(nominal * 5 / 4))
        }
    }
}
