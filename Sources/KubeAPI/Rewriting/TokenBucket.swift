/// Caps a rate: so many a second, with a tenth of a second's worth at once.
///
/// Moments are durations since any fixed start.
struct TokenBucket {
    /// Per second; nil for no cap.
    private let rate: Double?
    private let burst: Double
    private var tokens: Double
    private var filledAt: Duration

    init(rate: Double?, at now: Duration) {
        self.rate = rate
        burst = max(1, (rate ?? 0) / 10)
        tokens = 1
        filledAt = now
    }

    /// When the next one may go; not later than `now` if at once.
    mutating func nextTurn(at now: Duration) -> Duration {
        guard let rate else { return now }
        tokens = min(burst, tokens + (now - filledAt).inSeconds * rate)
        filledAt = now
        // A thousandth is what adding up fractions may lose.
        return tokens >= 0.999 ? now : now + .seconds((1 - tokens) / rate)
    }

    /// To be called when one goes.
    mutating func take() {
        if rate != nil { tokens -= 1 }
    }
}

extension Duration {
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
