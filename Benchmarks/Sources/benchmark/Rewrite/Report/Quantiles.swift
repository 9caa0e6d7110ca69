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
