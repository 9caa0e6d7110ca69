internal import ArgumentParser
internal import Basics
internal import Foundation

@main
struct BenchmarkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark",
        abstract: "Measures the orchestrator's time and memory beside those of other programs.",
        discussion: """
            What is compared is run in turns, on the same data; the tables have medians and their \
            ratios. Nothing is asserted about time.
            """,
        subcommands: [CommandsCommand.self, RewriteCommand.self, SnapshotInspectCommand.self])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let fault as Fault {
            say("benchmark: \(fault)")
            Foundation.exit(1)
        } catch {
            exit(withError: error)
        }
    }
}

/// Tells what is going on; results alone go to standard output.
func say(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
}
