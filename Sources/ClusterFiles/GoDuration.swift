extension Duration {
    /// Reads what Go's `time.ParseDuration` reads: `300ms`, `1.5h`, `1m30s`, `0`.
    public init?(goSyntax text: String) {
        guard text != "0" else {
            self = .zero
            return
        }
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        guard !rest.isEmpty, text.utf8.count <= 64 else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            let unit = rest[number.endIndex...].prefix { !($0.isASCII && $0.isNumber) && $0 != "." }
            guard let value = Double(number), let seconds = Self.units[String(unit)] else {
                return nil
            }
            total += value * seconds
            rest = rest[unit.endIndex...]
        }
        // Go's durations end at 2^63 nanoseconds.
        guard total < 9.2e9 else { return nil }
        self = .seconds(isNegative ? -total : total)
    }

    private static let units = [
        "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600,
    ]

    /// As Go would read it, in the largest unit that fits whole.
    var goSyntax: String {
        let (seconds, attoseconds) = components
        guard attoseconds == 0 else {
            return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms"
        }
        if seconds != 0, seconds % 3600 == 0 { return "\(seconds / 3600)h" }
        if seconds != 0, seconds % 60 == 0 { return "\(seconds / 60)m" }
        return "\(seconds)s"
    }
}
