internal import Basics

/// One line of Prometheus' text format: `name{label="value",…} number`.
struct PrometheusSample {
    let name: String
    let labels: [String: String]
    let value: Double

    init?(_ line: String) {
        let nameEnd = line.firstIndex { $0 == "{" || $0 == " " } ?? line.endIndex
        name = String(line[..<nameEnd])
        var rest = line[nameEnd...]
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest.removeFirst()
            guard Self.takeLabels(from: &rest, into: &labels) else { return nil }
        }
        let number = rest.split(separator: " ").first.flatMap { Double($0) }
        guard let number else { return nil }
        self.labels = labels
        value = number
    }

    /// Up to and with the closing brace.
    private static func takeLabels(
        from rest: inout Substring, into labels: inout [String: String]
    ) -> Bool {
        while let first = rest.first {
            if first == "}" || first == "," {
                rest.removeFirst()
                if first == "}" { return true }
                continue
            }
            guard let equals = rest.firstIndex(of: "=") else { return false }
            let label = String(rest[..<equals])
            rest = rest[rest.index(after: equals)...]
            guard rest.popFirst() == "\"", let value = takeQuoted(from: &rest) else { return false }
            labels[label] = value
        }
        return false
    }

    private static func takeQuoted(from rest: inout Substring) -> String? {
        var value = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return value
            case "\\":
                guard let escaped = rest.popFirst() else { return nil }
                value.append(escaped == "n" ? "\n" : escaped)
            default: value.append(character)
            }
        }
        return nil
    }

    /// The value as a moment; nil where none can be meant.
    var moment: Timestamp? {
        guard value >= 0, value < 1e11 else { return nil }
        let whole = value.rounded(.down)
        return Timestamp(seconds: Int64(whole), nanoseconds: Int32((value - whole) * 1e9))
    }
}
