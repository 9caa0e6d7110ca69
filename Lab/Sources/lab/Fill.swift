internal import ArgumentParser
internal import LabKit

struct Fill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make Secrets of known values, and five of special kinds.")

    @OptionGroup var folder: FolderOptions

    @Option(help: "How many.")
    var secrets: Int

    @Option(help: "Bytes of each value, 0 to 1,000,000.")
    var size = 256

    func validate() throws {
        guard secrets >= 0 else { throw ValidationError("--secrets: 0 or more") }
        guard (0...1_000_000).contains(size) else {
            throw ValidationError("--size: 0 to 1,000,000")
        }
    }

    func run() async throws {
        let start = ContinuousClock.now
        let count = try await Lab.existing(folder: folder.path).fill(secrets: secrets, size: size)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        say(
            "lab: \(secrets) Secrets in \(seconds.formatted(.number.precision(.fractionLength(1)))) s"
        )
        print("\(count.formatted()) Secrets of known values")
    }
}
