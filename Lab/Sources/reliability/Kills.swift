internal import ArgumentParser
internal import Trials

struct Kills: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Kills runs at every failpoint and runs them again.")

    @OptionGroup var options: TrialOptions

    func run() async throws {
        try await options.run(.kills) { run in try await KillsTrials(run).make() }
    }
}
