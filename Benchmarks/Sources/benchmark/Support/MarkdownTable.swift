internal import Foundation

/// A table of numbers.
struct MarkdownTable {
    var head: [String]
    var rows: [[String]] = []

    var text: String {
        let rule = head.map { _ in "---:" }
        return ([head, rule] + rows).map { "| \($0.joined(separator: " | ")) |" }
            .joined(separator: "\n")
    }
}

extension Double {
    /// With as many digits as a measurement deserves: `0.0123`, `1.23`, `12.3`.
    var told: String {
        guard isFinite else { return "–" }
        let digits = self < 0.1 ? 4 : self < 1 ? 3 : self < 10 ? 2 : 1
        return String(format: "%.\(digits)f", self)
    }

    /// As a ratio: `0.25`, `3.1`.
    var asRatio: String {
        guard isFinite else { return "–" }
        return String(format: self < 1 ? "%.2f" : "%.1f", self)
    }
}

extension Int {
    /// `100,000`
    var grouped: String {
        let digits = Array(String(self))
        return String(
            digits.enumerated().flatMap { index, digit in
                index > 0 && (digits.count - index) % 3 == 0 ? [",", digit] : [digit]
            })
    }

    /// Of bytes, in the unit that suits: `36.0 KiB`.
    var asBytes: String {
        var (value, unit) = (Double(self) / 1024, 0)
        let units = ["KiB", "MiB", "GiB"]
        while value >= 1024, unit + 1 < units.count { (value, unit) = (value / 1024, unit + 1) }
        return String(format: "%.1f ", value) + units[unit]
    }

    var inMiB: String { String(format: "%.0f", Double(self) / 1_048_576) }
}
