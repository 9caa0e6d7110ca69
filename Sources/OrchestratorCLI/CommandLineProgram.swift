import ArgumentParser
import Basics
import Foundation

/// The program, from the arguments of the process to its exit status.
public enum CommandLineProgram {
    public static func run() async {
        // What a broken pipe or connection means is told where it happens.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try OrchestratorCommand.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            OrchestratorCommand.exit(withError: error)
        }
    }
}

/// The exit statuses besides ArgumentParser's own (0, and 64 for wrong usage).
enum ExitStatus: Int32 {
    case failed = 1
    case refused = 3
    case discrepancy = 4
    case badInput = 65
    case interrupted = 130

    init(_ code: Fault.Code) {
        self =
            switch code {
            case .refused: .refused
            case .discrepancy: .discrepancy
            case .badInput, .corrupt: .badInput
            case .interrupted: .interrupted
            case .usage, .unreachable, .untrusted, .unauthenticated, .denied, .notFound, .conflict,
                .timedOut, .remote, .failed:
                .failed
            }
    }
}
