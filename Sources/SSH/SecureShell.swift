public import Basics

public struct SSHCommandResult: Sendable {
    public enum Ending: Sendable, Hashable {
        /// The command's exit status, 0 to 255.
        case status(Int)
        /// Ended by a signal, named without `SIG`.
        case signal(String)
    }

    public let ending: Ending
    /// What it wrote to standard output. May hold secrets, so it isn't printed.
    public let output: SecretBytes
    public let errorOutput: String

    public var succeeded: Bool { ending == .status(0) }

    public init(ending: Ending, output: SecretBytes, errorOutput: String) {
        self.ending = ending
        self.output = output
        self.errorOutput = errorOutput
    }
}

/// Where the far end of a relayed byte stream is.
public enum SSHRelayTarget: Sendable, Hashable {
    /// Standard input and output of a command (`docker system dial-stdio`).
    case command(String)
    /// A TCP connection made by the server (SSH's `direct-tcpip`).
    case address(host: String, port: Int)
}

/// What the floors above need of an SSH connection; their tests bring doubles of it.
public protocol SecureShell: Sendable {
    /// Runs one command, feeding `input` to its standard input (then end-of-file), and collects
    /// its output and errors apart.
    ///
    /// - Parameters:
    ///   - timeout: for the whole command.
    ///   - limit: the greatest output accepted, in bytes.
    func run(
        _ command: String, input: SecretBytes?, timeout: Duration, limit: Int
    ) async throws -> SSHCommandResult

    /// Joins `descriptor`, one end of a socket pair, to the target: what is written to the other
    /// end arrives there, and back. Takes ownership of the descriptor and closes it when either
    /// side ends or when the connection can't be made; returns at once.
    ///
    /// - Parameter failed: called at most once, with why the target could not be reached.
    func relay(
        descriptor: Int32, to target: SSHRelayTarget, failed: @escaping @Sendable (Fault) -> Void)

    func close() async
}

extension SecureShell {
    public func run(_ command: String, input: SecretBytes? = nil) async throws -> SSHCommandResult {
        try await run(command, input: input, timeout: .seconds(60), limit: 16 << 20)
    }
}
