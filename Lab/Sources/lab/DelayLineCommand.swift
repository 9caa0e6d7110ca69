internal import ArgumentParser
internal import LabKit

/// A process of its own, since it has to outlive `lab up`.
struct DelayLineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delay-line", abstract: "Join two Ethernet devices by a slow line.",
        shouldDisplay: false)

    @Argument var first: String
    @Argument var second: String
    @Argument(help: "Milliseconds of round trip.") var roundTripTime: Double

    func run() throws {
        let line = try DelayLine(
            between: first, and: second, roundTripTime: roundTripTime)
        line.run()
    }
}
