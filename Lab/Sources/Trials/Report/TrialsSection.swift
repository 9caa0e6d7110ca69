internal import Foundation

/// Trials of which each is worth a line.
struct TrialsSection {
    private let results: [TrialResult]
    private let title: String
    private let columns: [String]

    /// - Parameter columns: what a trial's workflow, name and timing are called here.
    init(_ results: [TrialResult], title: String, columns: [String]) {
        self.results = results
        self.title = title
        self.columns = columns
    }

    var text: String {
        let well = results.filter(\.endedWell).count
        let measured = Set(results.flatMap(\.measures.keys)).sorted()
        var table = MarkdownTable(
            head: columns + ["what happened", "ended"] + measured
                + ["seconds", "server"])
        table.rows = results.map { result in
            let identity = result.identity
            return [
                identity.workflow, identity.name, identity.timing, result.happened,
                result.endedWell ? "well" : result.problems.joined(separator: "; "),
            ] + measured.map { result.measures[$0].map(Self.number) ?? "" }
                + [Self.number(result.seconds), identity.server]
        }
        return "## \(title)\n\n\(results.count) trials, \(well) ended well.\n\n\(table.text)"
    }

    private static func number(_ value: Double) -> String {
        value.formatted(.number.precision(.fractionLength(0...1)).locale(Locale(identifier: "en")))
    }
}
