internal import ArgumentParser
internal import Trials

struct Faults: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Injects faults into runs and the cluster.")

    @OptionGroup var options: TrialOptions

    func run() async throws {
        try await options.run(.faults) { run in try await FaultsTrials(run).make() }
    }
}
