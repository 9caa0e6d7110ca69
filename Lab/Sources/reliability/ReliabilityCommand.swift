internal import ArgumentParser
internal import Basics
internal import Foundation
internal import LabKit
internal import Trials

@main
struct ReliabilityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reliability",
        abstract: "Does bad things to runs of the orchestrator on labs, and sees how they end.",
        discussion: """
            Every result is appended to a file of the results folder. Trials that ended well \
            already aren't made again; give another folder to begin anew.
            """,
        subcommands: [Kills.self, Faults.self, Load.self, Changes.self, Restores.self, RestoreKillsCommand.self, Report.self])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let fault as Fault {
            say("reliability: \(fault)")
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
