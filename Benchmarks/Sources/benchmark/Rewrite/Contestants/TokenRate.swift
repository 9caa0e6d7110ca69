/// client-go's limit of a client's requests (`flowcontrol.NewTokenBucketRateLimiter`): a burst at
/// once, then so many a second.
actor TokenRate {
    private let perSecond: Double
    private let burst: Double
    private let clock = ContinuousClock()
    private var tokens: Double
    private var counted: ContinuousClock.Instant

    init(perSecond: Double, burst: Double) {
        self.perSecond = perSecond
        self.burst = burst
        tokens = burst
        counted = clock.now
    }

    /// Returns when the next request may go out.
    func take() async throws {
        let now = clock.now
        tokens = min(burst, tokens + (now - counted) / .seconds(1) * perSecond)
        counted = now
        tokens -= 1
        // Below 0: taken from what is yet to come.
        if tokens < 0 { try await clock.sleep(for: .seconds(-tokens / perSecond)) }
    }
}
