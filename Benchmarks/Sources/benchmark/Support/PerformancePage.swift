internal import Foundation

/// The page of all benchmarks. Each has a section of it; the others' stay as they are.
struct PerformancePage {
    private static let introduction = """
        # Performance

        What is compared is run in turns on the same data, and the tables have medians. The \
        sections «Rewriting», «Commands» and «Reading snapshots» are written by \
        `scripts/benchmark --write`, the others by hand.
        """

    private var sections: [(title: String, body: String)] = []

    /// - Parameter text: the page so far; nil where there is none.
    init(_ text: String?) {
        for part in (text ?? "").components(separatedBy: "\n## ").dropFirst() {
            let title = part.prefix { $0 != "\n" }
            let body = part.dropFirst(title.count).trimmingCharacters(in: .newlines)
            sections.append((String(title), body))
        }
    }

    /// Puts a section in place of the one of that title, or at the end.
    mutating func set(_ title: String, to body: String) {
        if let index = sections.firstIndex(where: { $0.title == title }) {
            sections[index].body = body
        } else {
            sections.append((title, body))
        }
    }

    /// Puts a section into the file of the page, which is made where there is none.
    static func set(_ title: String, to body: String, at path: String) throws {
        var page = PerformancePage(try? String(contentsOfFile: path, encoding: .utf8))
        page.set(title, to: body)
        try page.text.write(toFile: path, atomically: true, encoding: .utf8)
        say("==> \(path) is written")
    }

    var text: String {
        let parts = sections.map { "## \($0.title)\n\n\($0.body)" }
        return ([Self.introduction] + parts).joined(separator: "\n\n") + "\n"
    }
}
