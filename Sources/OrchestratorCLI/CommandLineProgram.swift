import ArgumentParser
import Basics
import Foundation

/// The program, from the arguments of the process to its exit status.
public enum CommandLineProgram {
    public static func run() async -> Never {
        // What a broken pipe or connection means is told where it happens.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try OrchestratorCommand.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            end(.success)
        } catch {
            let status = OrchestratorCommand.exitCode(for: error)
            let message = OrchestratorCommand.fullMessage(for: error)
            if !message.isEmpty {
                let stream: FileHandle = status.isSuccess ? .standardOutput : .standardError
                // Where the stream is gone there is nowhere left to say so.
                try? stream.write(contentsOf: Data((message + "\n").utf8))
            }
            end(status)
        }
    }

    /// Ends at once, without what the C libraries do at an ordinary exit: libcrypto would free what
    /// connections still use while they are being closed on threads of their own, and stdio would
    /// wait for a line that is being read from stdin. Nothing is lost by it, since all that is
    /// written here goes past stdio's buffers.
    static func end(_ status: ExitCode) -> Never {
        _exit(status.rawValue)
    }
}

/// The exit statuses besides 0.
enum ExitStatus: Int32 {
    case failed = 1
    case refused = 3
    /// Of commands that only look, and found something otherwise than it should be. Whatever keeps
    /// another command from its end is a failure of it.
    case discrepancy = 4
    /// ArgumentParser's.
    case usage = 64
    case badInput = 65
    case interrupted = 130

    init(_ code: Fault.Code) {
        self =
            switch code {
            case .refused: .refused
            case .badInput, .corrupt: .badInput
            case .interrupted: .interrupted
            case .usage: .usage
            case .discrepancy, .unreachable, .untrusted, .unauthenticated, .denied, .notFound,
                .conflict, .timedOut, .remote, .failed:
                .failed
            }
    }
}
