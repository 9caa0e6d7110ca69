internal import ArgumentParser
internal import Trials

struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Has clients create, update and read while runs go on.")

    @OptionGroup var options: TrialOptions

    func run() async throws {
        try await options.run(.load) { run in try await LoadTrials(run).make() }
    }
}
