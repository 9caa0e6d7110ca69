/// Where a rewrite's time comes from, so that its tests needn't wait.
struct MonotonicClock: Sendable {
    /// Since any fixed moment.
    let now: @Sendable () -> Duration
    /// - Throws: `CancellationError`.
    let sleep: @Sendable (Duration) async throws -> Void

    static let system: MonotonicClock = {
        let start = ContinuousClock.now
        return MonotonicClock(
            now: { start.duration(to: .now) },
            sleep: { try await Task.sleep(for: $0, clock: .continuous) })
    }()
}
