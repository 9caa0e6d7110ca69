internal import ArgumentParser

struct Fill: AsyncParsableCommand {
    func run() async throws {}
}
