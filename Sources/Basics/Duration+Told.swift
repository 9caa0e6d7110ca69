extension Duration {
    /// For people, in the largest whole unit: `12 days`, `5 hours`, `40 seconds`.
    public var told: String {
        let seconds = components.seconds
        for (unit, length) in [("day", Int64(86_400)), ("hour", 3_600), ("minute", 60)]
        where seconds >= length {
            let count = seconds / length
            return "\(count) \(unit)\(count == 1 ? "" : "s")"
        }
        return "\(seconds) second\(seconds == 1 ? "" : "s")"
    }
}
