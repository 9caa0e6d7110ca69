internal import ArgumentParser
internal import Basics
internal import Foundation

@main
struct LabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "An RKE-style Kubernetes control plane on this machine, of real parts.",
        subcommands: [
            Up.self, Down.self, Status.self, Nodes.self, Exec.self, Encryption.self, Fill.self,
            Scan.self, DelayLineCommand.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let fault as Fault {
            say("lab: \(fault)")
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

struct FolderOptions: ParsableArguments {
    @Option(name: .customLong("dir"), help: "Folder of the lab.")
    var folder = ProcessInfo.processInfo.environment["ORCHESTRATOR_LAB"] ?? ".lab"

    var path: String {
        URL(fileURLWithPath: folder).standardizedFileURL.path(percentEncoded: false)
            .trimmingSuffix("/")
    }
}

extension String {
    func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
