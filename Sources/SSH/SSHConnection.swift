public import Basics
internal import Glibc

/// A logged-in SSH connection, over which any number of commands and relays run at a time.
///
/// It has a thread of its own, which alone touches libssh2; tasks only leave requests for it, so
/// nothing here ever blocks a thread of Swift's pool. Closed by `close()` or when the last
/// reference goes.
public final class SSHConnection: SecureShell {
    public let target: SSHTarget
    private let configuration: SSHConfiguration
    private let mailbox: Mailbox
    /// Kept, because our bytes travel over it.
    private let bastion: SSHConnection?

    private init(
        target: SSHTarget, configuration: SSHConfiguration, mailbox: Mailbox,
        bastion: SSHConnection?
    ) {
        self.target = target
        self.configuration = configuration
        self.mailbox = mailbox
        self.bastion = bastion
    }

    deinit { _ = mailbox.post(.close) }

    /// Connects, verifies the host key, and only then logs in.
    ///
    /// - Parameter bastion: where given, the target is reached through it, by a TCP connection
    ///   that its server makes. libssh2 opens one channel at a time, and an unreachable target
    ///   keeps the bastion's server busy for up to a minute; so give each target a connection of
    ///   its own to the bastion where several are dialled side by side.
    /// - Throws: `Fault`: `.unreachable`, `.timedOut`, `.untrusted` (host key), `.unauthenticated`;
    ///   `CancellationError`.
    public static func connect(
        _ target: SSHTarget, configuration: SSHConfiguration, via bastion: SSHConnection? = nil
    ) async throws -> SSHConnection {
        let mailbox = try Mailbox()
        let cancel = CancelFlag()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let thread = ConnectionThread(
                    phase: ConnectPhase(
                        target: target, configuration: configuration,
                        deadline: .now + configuration.connectTimeout, wakeUp: mailbox.wakeUp,
                        cancel: cancel),
                    mailbox: mailbox, bastion: bastion)
                thread.start(continuation)
            }
        } onCancel: {
            cancel.set()
            mailbox.wakeUp.signal()
        }
        return SSHConnection(
            target: target, configuration: configuration, mailbox: mailbox, bastion: bastion)
    }

    public func run(
        _ command: String, input: SecretBytes?, timeout: Duration, limit: Int
    ) async throws -> SSHCommandResult {
        try await perform(
            command, source: .bytes(input), sink: .collected(limit: limit), timeout: timeout)
    }

    func perform(
        _ command: String, source: CommandSource, sink: CommandSink, timeout: Duration,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> SSHCommandResult {
        let cancel = CancelFlag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let request = CommandRequest(
                    command: command, source: source, sink: sink, timeout: timeout,
                    deadline: .now + timeout, progress: progress, cancel: cancel,
                    continuation: continuation)
                if let fault = mailbox.post(.run(request)) { continuation.resume(throwing: fault) }
            }
        } onCancel: {
            cancel.set()
            _ = mailbox.post(.lookAtFlags)
        }
    }

    public func relay(
        descriptor: Int32, to target: SSHRelayTarget, failed: @escaping @Sendable (Fault) -> Void
    ) {
        let request = RelayRequest(
            descriptor: descriptor, target: target,
            deadline: .now + configuration.operationTimeout, failed: failed)
        if let fault = mailbox.post(.relay(request)) {
            failed(fault)
            Glibc.close(descriptor)
        }
    }

    /// Whether it was closed or lost.
    public var hasEnded: Bool { mailbox.isClosed }

    /// Ends what still runs over the connection (their tasks get `.interrupted`), disconnects, and
    /// returns when everything is freed.
    public func close() async {
        _ = mailbox.post(.close)
        await mailbox.waitForEnd()
    }
}
