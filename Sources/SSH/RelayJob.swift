internal import Basics
internal import Glibc

/// A descriptor to be joined to something behind the server.
struct RelayRequest: Sendable {
    let descriptor: Int32
    let target: SSHRelayTarget
    let deadline: ContinuousClock.Instant
    let failed: @Sendable (Fault) -> Void
}

extension SSHRelayTarget {
    var name: String {
        switch self {
        case .command(let command): "command \(CommandJob.abbreviated(command))"
        case .address(let host, let port):
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    var channelKind: ChannelKind {
        switch self {
        case .command: .session
        case .address(let host, let port): .directTCP(host: host, port: port)
        }
    }
}

/// Moves bytes between a local descriptor and a channel, both ways, each way with one buffer: what
/// one side doesn't take, the other side isn't asked for.
final class RelayJob: ChannelJob {
    private static let bufferSize = 256 << 10
    /// How many buffers are moved before other jobs get their turn.
    private static let turns = 4

    let kind: ChannelKind
    let name: String
    let isCancelled = false
    private(set) var channel: Channel?
    private let request: RelayRequest
    private let wire: Wire
    private let local: LocalEnd
    private var isStreaming = false
    private var outgoing = RelayBuffer(capacity: bufferSize)
    private var incoming = RelayBuffer(capacity: bufferSize)
    private let errors = SecretSpool()
    private var hasSentEnd = false
    private var hasReceived = false
    private var hasFailed = false

    init(_ request: RelayRequest, wire: Wire) {
        self.request = request
        self.wire = wire
        kind = request.target.channelKind
        name = "relay to \(request.target.name)"
        local = LocalEnd(descriptor: request.descriptor)
    }

    /// Only the beginning has one; a stream may last as long as it likes.
    var deadline: ContinuousClock.Instant? { isStreaming ? nil : request.deadline }

    func opened(_ channel: Channel) { self.channel = channel }

    func fail(_ error: any Error) {
        if !hasFailed { request.failed(Fault(error)) }
        hasFailed = true
        local.close()
    }

    var interest: pollfd? {
        guard isStreaming, !local.isHungUp else { return nil }
        var events: Int32 = 0
        if outgoing.isEmpty && !local.isAtEnd { events |= POLLIN }
        if !incoming.isEmpty { events |= POLLOUT }
        return pollfd(fd: local.descriptor, events: Int16(events), revents: 0)
    }

    func noticed(_ events: Int32) {
        if events & (POLLHUP | POLLERR) != 0 { local.isHungUp = true }
    }

    func advance() throws -> JobProgress {
        guard let channel else { return .waiting }
        if !isStreaming {
            if case .command(let command) = request.target {
                guard try channel.start(command) else { return .waiting }
            }
            isStreaming = true
        }
        var moved = false
        for _ in 0..<Self.turns {
            let sent = try moveOut(channel)
            let received = try moveIn(channel)
            moved = sent || received
            if !moved { break }
        }
        try collectErrors(channel)
        if try isOver(channel) {
            local.close()
            return .finished
        }
        return moved ? .busy : .waiting
    }

    /// From the local end to the channel.
    private func moveOut(_ channel: Channel) throws -> Bool {
        if outgoing.isEmpty && !local.isAtEnd { local.read(into: &outgoing) }
        var moved = false
        while !outgoing.isEmpty, wire.hasRoom {
            let taken = try channel.write(outgoing.filled)
            if taken == 0 { break }
            outgoing.drop(taken)
            moved = true
        }
        if outgoing.isEmpty && local.isAtEnd && !hasSentEnd { hasSentEnd = try channel.sendEnd() }
        return moved
    }

    /// From the channel to the local end.
    private func moveIn(_ channel: Channel) throws -> Bool {
        if incoming.isEmpty, let count = try channel.read(into: incoming.room), count > 0 {
            incoming.add(count)
            hasReceived = true
        }
        let moved = local.write(from: &incoming)
        if incoming.isEmpty && channel.isAtEnd && !mustExplain { local.end() }
        return moved
    }

    /// A command that wrote nothing may have failed to start, which is known only when it has
    /// ended; until then the local reader isn't told of the end: it shall learn the reason first.
    private var mustExplain: Bool {
        if case .command = request.target { !hasReceived } else { false }
    }

    private func isOver(_ channel: Channel) throws -> Bool {
        if local.isGone { return true }
        guard incoming.isEmpty else { return false }
        if try channel.isClosed() {
            try explainEarlyEnd(channel)
            return true
        }
        // Nobody is left to read what might still come, and all that was written has been sent.
        return local.isHungUp && outgoing.isEmpty && local.isAtEnd && hasSentEnd
    }

    private func explainEarlyEnd(_ channel: Channel) throws {
        guard mustExplain, channel.ending != .status(0) else { return }
        let words = printable(errors.text().trimmed(to: 500))
        let ending =
            switch channel.ending {
            case .status(let status): "exit status \(status)"
            case .signal(let signal): "signal \(signal)"
            case nil: "no word of why"
            }
        throw Fault(
            .remote, "\(name): it ended at once with \(ending)\(words.isEmpty ? "" : ": \(words)")")
    }

    private func collectErrors(_ channel: Channel) throws {
        guard kind.isSession else { return }
        while let count = try channel.readErrors(into: errors.room), count > 0 {
            if errors.count + count < 32 << 10 { errors.filled(count) }
        }
    }
}

extension String {
    /// Without white space at the ends, and not longer than `limit` characters.
    func trimmed(to limit: Int) -> String {
        let head = drop(while: \.isWhitespace)
        let end = head.lastIndex { !$0.isWhitespace }.map { head.index(after: $0) }
        let text = head[..<(end ?? head.startIndex)]
        return text.count <= limit ? String(text) : "\(text.prefix(limit))…"
    }
}
