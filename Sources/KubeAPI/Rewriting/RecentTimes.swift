internal import Basics

/// How long the last few requests of a kind took.
struct RecentTimes: Sendable {
    private let most: Int
    private let least: Int
    private var times: [Duration] = []
    /// Which of them is the oldest.
    private var oldest = 0

    /// - Parameters:
    ///   - most: how many are remembered, at least one.
    ///   - least: of fewer nothing is told; at least one.
    init(_ most: Int, from least: Int) {
        self.most = max(1, most)
        self.least = max(1, least)
    }

    mutating func note(_ time: Duration) {
        guard times.count == most else { return times.append(time) }
        times[oldest] = time
        oldest = (oldest + 1) % most
    }

    /// Half of them, rounded up, took no longer. Nil where too few are known.
    var median: Duration? {
        times.count < least ? nil : times.sorted()[(times.count - 1) / 2]
    }
}
