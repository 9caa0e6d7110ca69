public import Basics
internal import Glibc

/// What a command is fed with.
enum CommandSource: Sendable {
    case bytes(SecretBytes?)
    case file(SeekableFile)

    var count: Int {
        switch self {
        case .bytes(let bytes): bytes?.count ?? 0
        case .file(let file): file.size
        }
    }
}

/// Where what a command writes goes.
enum CommandSink: Sendable {
    /// It is the result, and may have so many bytes.
    case collected(limit: Int)
    case file(NewFile)
}

/// Feeds a command piece by piece, as much as the channel takes.
struct CommandFeed {
    private static let pieceSize = 64 << 10
    private let source: CommandSource
    private var sent = 0

    init(_ source: CommandSource) { self.source = source }

    var isAtEnd: Bool { sent == source.count }

    /// - Parameter take: is lent the next bytes and tells how many of them it took.
    /// - Returns: the same.
    mutating func advance(_ take: (UnsafeRawBufferPointer) throws -> Int) throws -> Int {
        let taken =
            switch source {
            case .bytes(let bytes):
                try bytes?.withUnsafeBytes {
                    try take(UnsafeRawBufferPointer(rebasing: $0[sent...]))
                } ?? 0
            case .file(let file): try advance(file, take)
            }
        sent += taken
        return taken
    }

    /// What wasn't taken is read again: it is in the system's memory still.
    private func advance(
        _ file: SeekableFile, _ take: (UnsafeRawBufferPointer) throws -> Int
    ) throws -> Int {
        let size = min(Self.pieceSize, source.count - sent)
        return try withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { buffer in
            defer { if let start = buffer.baseAddress { explicit_bzero(start, size) } }
            guard try file.read(at: sent, into: buffer) == size else {
                throw Fault(.failed, "\(file.path) was cut short while it was sent")
            }
            return try take(UnsafeRawBufferPointer(buffer))
        }
    }
}

/// A shell that moves files of any size between this machine and a command's standard input or
/// output, a piece at a time.
public protocol FileShell: SecureShell {
    /// Runs a command and feeds it with the file.
    ///
    /// - Parameter progress: is told now and then how many bytes have gone; called on the
    ///   connection's thread.
    func send(
        _ file: SeekableFile, to command: String, timeout: Duration,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws -> SSHCommandResult

    /// Runs a command and puts what it writes into the file.
    func receive(
        into file: NewFile, from command: String, timeout: Duration,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws -> SSHCommandResult
}

extension SSHConnection: FileShell {
    public func send(
        _ file: SeekableFile, to command: String, timeout: Duration,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws -> SSHCommandResult {
        try await perform(
            command, source: .file(file), sink: .collected(limit: 64 << 10), timeout: timeout,
            progress: progress)
    }

    public func receive(
        into file: NewFile, from command: String, timeout: Duration,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws -> SSHCommandResult {
        try await perform(
            command, source: .bytes(nil), sink: .file(file), timeout: timeout, progress: progress)
    }
}
