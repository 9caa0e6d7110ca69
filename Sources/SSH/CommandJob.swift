internal import Basics
internal import Glibc

/// A command that a task waits for.
struct CommandRequest: Sendable {
    let command: String
    let source: CommandSource
    let sink: CommandSink
    let timeout: Duration
    let deadline: ContinuousClock.Instant
    /// Is told how many bytes of a file have been moved.
    let progress: @Sendable (Int) -> Void
    let cancel: CancelFlag
    let continuation: CheckedContinuation<SSHCommandResult, any Error>
}

/// Runs one command: feeds it, collects what it writes, waits for its end.
final class CommandJob: ChannelJob {
    /// What is kept of standard error; the rest is read and thrown away.
    private static let errorLimit = 1 << 20
    /// How much is moved before other jobs get their turn.
    private static let turn = 1 << 20

    let kind = ChannelKind.session
    private(set) var channel: Channel?
    let interest: pollfd? = nil
    private let request: CommandRequest
    private let wire: Wire
    private var hasStarted = false
    private var feed: CommandFeed
    private var moved = 0
    private var hasSentEnd = false
    private let output = SecretSpool()
    private let errors = SecretSpool()

    init(_ request: CommandRequest, wire: Wire) {
        self.request = request
        self.wire = wire
        feed = CommandFeed(request.source)
    }

    var name: String { "command \(Self.abbreviated(request.command))" }
    var deadline: ContinuousClock.Instant? { request.deadline }
    var isCancelled: Bool { request.cancel.isSet }

    func opened(_ channel: Channel) { self.channel = channel }
    func noticed(_ events: Int32) {}
    func fail(_ error: any Error) { request.continuation.resume(throwing: error) }

    func advance() throws -> JobProgress {
        guard let channel else { return .waiting }
        if !hasStarted {
            guard try channel.start(request.command) else { return .waiting }
            hasStarted = true
        }
        let wrote = try feed(channel)
        let read = try collectOutput(channel)
        try collectErrors(channel)
        if try channel.isClosed() {
            guard let ending = channel.ending else {
                throw Fault(
                    .remote, "\(name): the server didn't tell how it ended",
                    hint: "It may have been killed together with its session; look at the node.")
            }
            request.continuation.resume(
                returning: SSHCommandResult(
                    ending: ending, output: output.contents(), errorOutput: errors.text()))
            return .finished
        }
        if wrote + read > 0 {
            moved += wrote + read
            request.progress(moved)
        }
        return max(wrote, read) >= Self.turn ? .busy : .waiting
    }

    private func feed(_ channel: Channel) throws -> Int {
        guard !hasSentEnd else { return 0 }
        var moved = 0
        while !feed.isAtEnd, moved < Self.turn, wire.hasRoom {
            let taken = try feed.advance(channel.write)
            if taken == 0 { break }
            moved += taken
        }
        if feed.isAtEnd { hasSentEnd = try channel.sendEnd() }
        return moved
    }

    private func collectOutput(_ channel: Channel) throws -> Int {
        var moved = 0
        while moved < Self.turn, let count = try channel.read(into: output.room), count > 0 {
            moved += count
            switch request.sink {
            case .file(let file):
                try file.write(UnsafeRawBufferPointer(rebasing: output.room[..<count]))
            case .collected(let limit):
                output.filled(count)
                guard output.count <= limit else {
                    throw Fault(
                        .remote, "\(name) wrote more than the \(limit) bytes that are allowed")
                }
            }
        }
        return moved
    }

    private func collectErrors(_ channel: Channel) throws {
        while let count = try channel.readErrors(into: errors.room), count > 0 {
            if errors.count < Self.errorLimit { errors.filled(count) }
        }
    }

    /// The command as messages show it. Commands never carry secrets; they may be long.
    static func abbreviated(_ command: String) -> String {
        let line = command.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.count < command.count || line.count > 120
            ? "«\(line.prefix(120))…»" : "«\(line)»"
    }
}
