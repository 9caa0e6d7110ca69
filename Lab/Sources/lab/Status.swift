internal import ArgumentParser

struct Status: AsyncParsableCommand {
    func run() async throws {}
}
