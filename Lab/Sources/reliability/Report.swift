internal import ArgumentParser
internal import Trials

struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes the tables of all results, in Markdown.")

    @OptionGroup var folder: ResultsFolder

    @Option(help: "The file that is written.")
    var output = "docs/reliability.md"

    func run() throws {
        try ReliabilityReport(results: folder.path).write(to: output)
    }
}
