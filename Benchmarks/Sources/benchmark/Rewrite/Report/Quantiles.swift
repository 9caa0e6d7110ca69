/// The smallest of the values that at least this share of them doesn't exceed (the nearest rank).
///
/// - Parameter share: above 0, at most 1.
/// - Returns: nil where there are too few values for that share to be told from the greatest one.
func quantile(_ share: Double, of values: [Double]) -> Double? {
    guard share > 0, share <= 1, Double(values.count) * (1 - share) >= 1 || share == 1,
        !values.isEmpty
    else { return nil }
    let rank = Int((share * Double(values.count)).rounded(.up))
    return values.sorted()[min(max(rank, 1), values.count) - 1]
}

/// Between which values the ratio of two quantiles lies with nine chances in ten, as far as chance
/// in what was drawn goes: by the bootstrap (Efron, 1979). The same for the same values.
///
/// - Returns: nil where there are too few values for that quantile.
func likelyRatio(
    of share: Double, _ values: [Double], to others: [Double]
) -> ClosedRange<Double>? {
    guard quantile(share, of: values) != nil, quantile(share, of: others) != nil else { return nil }
    let (values, others) = (values.sorted(), others.sorted())
    var generator = SplitMix()
    let ratios = (0..<400).map { _ in
        redrawn(share, of: values, &generator) / redrawn(share, of: others, &generator)
    }
    guard let low = quantile(0.05, of: ratios), let high = quantile(0.95, of: ratios), low <= high
    else { return nil }
    return low...high
}

/// The quantile of as many values drawn from these, with repetition.
private func redrawn(
    _ share: Double, of sorted: [Double], _ generator: inout some RandomNumberGenerator
) -> Double {
    var drawn = [Int](repeating: 0, count: sorted.count)
    for _ in sorted { drawn[Int.random(in: sorted.indices, using: &generator)] += 1 }
    var rest = Int((share * Double(sorted.count)).rounded(.up))
    for (value, times) in zip(sorted, drawn) {
        rest -= times
        if rest <= 0 { return value }
    }
    return sorted.last ?? .nan
}

/// SplitMix64 (Steele, Lea and Flood, 2014) from a fixed seed.
private struct SplitMix: RandomNumberGenerator {
    private var state: UInt64 = 1

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
