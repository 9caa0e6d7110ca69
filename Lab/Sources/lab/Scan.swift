internal import ArgumentParser

struct Scan: AsyncParsableCommand {
    func run() async throws {}
}
