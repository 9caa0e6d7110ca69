/// A table of Markdown.
struct MarkdownTable {
    let head: [String]
    var rows: [[String]] = []

    var text: String {
        let rule = head.map { _ in "---" }
        return ([head, rule] + rows).map { cells in
            "| " + cells.map(Self.escaped).joined(separator: " | ") + " |"
        }.joined(separator: "\n")
    }

    private static func escaped(_ cell: String) -> String {
        cell.replacing("|", with: "\\|").replacing("\n", with: " ")
    }
}
