internal import YAML

/// Something new to be written into a manifest.
indirect enum Fragment {
    /// A string, quoted unless it's plainly one.
    case text(String)
    /// A string in quotes, whatever it looks like.
    case quoted(String)
    case yes
    /// As it is to stand there.
    case written(String)
    case map([(key: String, value: Fragment)])
    case list([Fragment])

    /// How brackets are filled.
    struct FlowStyle {
        /// JSON has every string in double quotes.
        let isJSON: Bool
        /// No blank after commas and colons.
        let isCompact: Bool

        var gap: String { isCompact ? "" : " " }

        func key(_ key: String) -> String {
            // In YAML a colon needs a blank after it, unless quotes come before it.
            isJSON ? Quoting.doubleQuoted(key) + ":" + gap : key + ": "
        }
    }

    /// In brackets, on one line.
    func flow(_ style: FlowStyle) -> String {
        switch self {
        case .text(let text):
            style.isJSON ? Quoting.doubleQuoted(text) : Quoting.written(text, like: .plain)
        case .quoted(let text): Quoting.doubleQuoted(text)
        case .yes: "true"
        case .written(let text): text
        case .map(let entries):
            "{"
                + entries.map { style.key($0.key) + $0.value.flow(style) }
                .joined(separator: "," + style.gap) + "}"
        case .list(let items):
            "[" + items.map { $0.flow(style) }.joined(separator: "," + style.gap) + "]"
        }
    }

    /// By indentation, line by line.
    ///
    /// - Parameter listIndent: how far lists are indented within the mapping that they are in.
    func block(listIndent: Int) -> [String] {
        switch self {
        case .text(let text): [Quoting.written(text, like: .plain)]
        case .quoted(let text): [Quoting.doubleQuoted(text)]
        case .yes: ["true"]
        case .written(let text): [text]
        case .map(let entries):
            entries.flatMap { Self.entry($0.key, $0.value, listIndent: listIndent) }
        case .list(let items): items.flatMap { $0.item(dash: "- ", listIndent: listIndent) }
        }
    }

    /// A list's item: its first line after the dash, the others below it.
    func item(dash: String, listIndent: Int) -> [String] {
        let lines = block(listIndent: listIndent)
        let below = String(repeating: " ", count: dash.count)
        return lines.enumerated().map { ($0 == 0 ? dash : below) + $1 }
    }

    static func entry(_ key: String, _ value: Fragment, listIndent: Int) -> [String] {
        let lines = value.block(listIndent: listIndent)
        let indent: Int? =
            switch value {
            case .map: 2
            case .list: listIndent
            case .text, .quoted, .yes, .written: nil
            }
        guard let indent else { return ["\(key): " + lines.joined()] }
        return ["\(key):"] + lines.map { String(repeating: " ", count: indent) + $0 }
    }
}
