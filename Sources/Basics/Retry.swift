/// When and how often something that failed is tried again.
public struct RetryPolicy: Sendable, Hashable {
    /// Tries in all, the first included; at least 1.
    public let attempts: Int
    public let firstDelay: Duration
    public let longestDelay: Duration

    public init(
        attempts: Int, firstDelay: Duration = .milliseconds(200),
        longestDelay: Duration = .seconds(10)
    ) {
        self.attempts = max(1, attempts)
        self.firstDelay = firstDelay
        self.longestDelay = longestDelay
    }

    /// The wait after the given failed attempt (counted from 1): doubling, spread by a quarter
    /// either way so that many clients don't come back in step.
    public func delay(afterAttempt attempt: Int) -> Duration {
        let doubled = firstDelay * (1 << min(max(attempt - 1, 0), 20))
        return min(doubled, longestDelay) * Double.random(in: 0.75...1.25)
    }
}

/// Runs `body` until it succeeds, the policy is used up, or it fails in a way that `isTransient`
/// doesn't know. Throws the last failure.
public func retrying<Success: Sendable>(
    _ policy: RetryPolicy, clock: some Clock<Duration> = ContinuousClock(),
    when isTransient: @Sendable (any Error) -> Bool,
    _ body: @Sendable () async throws -> Success
) async throws -> Success {
    var attempt = 1
    while true {
        do {
            return try await body()
        } catch {
            let mayPass = attempt < policy.attempts && isTransient(error) && !Task.isCancelled
            guard mayPass else { throw error }
        }
        try await clock.sleep(for: policy.delay(afterAttempt: attempt))
        attempt += 1
    }
}
