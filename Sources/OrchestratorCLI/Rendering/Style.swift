import Basics

/// Colours, where the terminal has them and the user wants them.
struct Style {
    let hasColor: Bool

    func good(_ text: String) -> String { wrap(text, "32") }
    func bad(_ text: String) -> String { wrap(text, "31") }
    func warning(_ text: String) -> String { wrap(text, "33") }
    func strong(_ text: String) -> String { wrap(text, "1") }

    private func wrap(_ text: String, _ code: String) -> String {
        hasColor ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

/// A fault as a person reads it: what and where, then what to do.
struct FaultText {
    let style: Style

    func text(for fault: Fault) -> String {
        var lines = [
            style.bad("error: ")
                + Fault(
                    fault.code, fault.message, place: fault.place, node: fault.node
                ).description
        ]
        if let hint = fault.hint {
            lines += hint.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }
        }
        return lines.joined(separator: "\n")
    }
}

extension Int {
    /// With a comma between thousands, whatever the locale: `2,005`.
    var grouped: String {
        var digits = Array(String(magnitude))
        var at = digits.count - 3
        while at > 0 {
            digits.insert(",", at: at)
            at -= 3
        }
        return (self < 0 ? "-" : "") + String(digits)
    }
}

extension Double {
    /// Seconds with one decimal: `3.2 s`.
    var asSeconds: String {
        let tenths = Int((self * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
