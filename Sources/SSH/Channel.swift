internal import Basics
internal import CLibSSH2
internal import Glibc

/// Nothing can be sent or received any more; the session knows why.
struct ConnectionLost: Error {}

/// What a channel is opened for.
enum ChannelKind: Sendable, Hashable {
    /// A command.
    case session
    /// A TCP connection made by the server.
    case directTCP(host: String, port: Int)

    var isSession: Bool { self == .session }
}

/// Owns one `LIBSSH2_CHANNEL`. Belongs to the thread of its connection.
///
/// The closing handshake may have to wait for the server, so it is asked for by `free()`, again and
/// again; what isn't freed when the session goes, the session frees.
final class Channel {
    /// How much the server may send before it is read; what bounds the throughput at a given
    /// round-trip time, and the memory of a channel whose reader is slow.
    private static let window: UInt32 = 2 << 20
    private static let packet: UInt32 = 32 << 10
    private static let standardError: Int32 = 1

    let kind: ChannelKind
    private let handle: OpaquePointer
    private let session: Session
    /// Our number of it, as the server uses it.
    private let number: UInt32?

    private init(_ handle: OpaquePointer, kind: ChannelKind, session: Session) {
        self.handle = handle
        self.kind = kind
        self.session = session
        number = session.witness.confirmedChannel
    }

    /// Opens a channel, or goes on with the opening that is under way: libssh2 keeps only one at a
    /// time in a session, so it must be called with the same kind until it has an answer.
    ///
    /// - Returns: nil while the server hasn't answered.
    static func open(_ kind: ChannelKind, in session: Session) throws -> Channel? {
        session.witness.confirmedChannel = nil
        let handle: OpaquePointer? =
            switch kind {
            case .session:
                libssh2_channel_open_ex(session.handle, "session", 7, window, packet, nil, 0)
            case .directTCP(let host, let port):
                libssh2_channel_direct_tcpip_ex(
                    session.handle, host, Int32(clamping: port), "127.0.0.1", 0)
            }
        guard let handle else {
            let code = libssh2_session_last_errno(session.handle)
            if code == LIBSSH2_ERROR_EAGAIN { return nil }
            try session.checkAlive(code)
            throw refusal(kind, printable(session.lastError))
        }
        return Channel(handle, kind: kind, session: session)
    }

    /// The server's reason code (RFC 4254 section 5.1) reaches us only in libssh2's own words.
    private static func refusal(_ kind: ChannelKind, _ reason: String) -> Fault {
        guard case .directTCP = kind else { return Fault(.remote, reason) }
        guard reason.contains("administratively prohibited") else {
            return Fault(.unreachable, reason)
        }
        return Fault(
            .denied, reason,
            hint: "The SSH server forbids forwarding; see AllowTcpForwarding in its sshd_config.")
    }

    /// Asks the server to run the command.
    ///
    /// - Returns: false while the server hasn't answered.
    func start(_ command: String) throws -> Bool {
        let length = UInt32(clamping: command.utf8.count)
        let code = libssh2_channel_process_startup(handle, "exec", 4, command, length)
        if code == LIBSSH2_ERROR_EAGAIN { return false }
        try session.checkAlive(code)
        guard code == 0 else { throw Fault(.denied, "the server refused to run a command") }
        return true
    }

    /// Reads standard output, or what a TCP connection brings.
    ///
    /// - Returns: nil when there is nothing now, 0 when there will be nothing more.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int? {
        try read(stream: 0, into: buffer)
    }

    func readErrors(into buffer: UnsafeMutableRawBufferPointer) throws -> Int? {
        try read(stream: Self.standardError, into: buffer)
    }

    private func read(stream: Int32, into buffer: UnsafeMutableRawBufferPointer) throws -> Int? {
        let target = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
        let count = libssh2_channel_read_ex(handle, stream, target, buffer.count)
        if count == Int(LIBSSH2_ERROR_EAGAIN) { return nil }
        guard count >= 0 else {
            try session.checkAlive(Int32(clamping: count))
            throw Fault(.remote, printable(session.lastError))
        }
        return count
    }

    /// Takes in whatever the server has sent, for this or any other channel.
    func pump() throws { _ = try read(stream: 0, into: .init(start: nil, count: 0)) }

    /// - Returns: how many bytes were taken; 0 when the server wants none now.
    func write(_ bytes: UnsafeRawBufferPointer) throws -> Int {
        let source = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        let count = libssh2_channel_write_ex(handle, 0, source, bytes.count)
        if count == Int(LIBSSH2_ERROR_EAGAIN) { return 0 }
        guard count >= 0 else {
            try session.checkAlive(Int32(clamping: count))
            throw Fault(.remote, printable(session.lastError))
        }
        return count
    }

    /// Tells the server that nothing more will be written.
    ///
    /// - Returns: false when it must be asked for again.
    func sendEnd() throws -> Bool {
        let code = libssh2_channel_send_eof(handle)
        if code == LIBSSH2_ERROR_EAGAIN { return false }
        try session.checkAlive(code)
        return true
    }

    /// Whether the server will send nothing more and all of it has been read.
    var isAtEnd: Bool { libssh2_channel_eof(handle) == 1 }

    /// Whether the server has closed the channel, after which its exit status is known.
    func isClosed() throws -> Bool {
        guard isAtEnd else { return false }
        let code = libssh2_channel_wait_closed(handle)
        if code == LIBSSH2_ERROR_EAGAIN { return false }
        try session.checkAlive(code)
        return true
    }

    /// How the command ended, to be asked once the channel is closed; nil where the server didn't
    /// tell.
    var ending: SSHCommandResult.Ending? {
        var signal: UnsafeMutablePointer<CChar>?
        var length = 0
        libssh2_channel_get_exit_signal(handle, &signal, &length, nil, nil, nil, nil)
        defer { libssh2_free(session.handle, signal) }
        if let signal, length > 0 { return .signal(printable(String(cString: signal))) }
        let status = Int(libssh2_channel_get_exit_status(handle))
        let isTold = number.map { session.witness.sawExitStatus(of: $0) } ?? (status != 0)
        return isTold ? .status(status) : nil
    }

    /// Closes the channel in both directions, without freeing it.
    ///
    /// - Returns: false while the server hasn't confirmed.
    func close() -> Bool { libssh2_channel_close(handle) != LIBSSH2_ERROR_EAGAIN }

    /// Closes and frees the channel, which must not be used any more then.
    ///
    /// - Returns: false while the server hasn't confirmed.
    func free() -> Bool {
        guard libssh2_channel_free(handle) != LIBSSH2_ERROR_EAGAIN else { return false }
        if let number { session.witness.forget(number) }
        return true
    }
}

extension Session {
    /// Throws `ConnectionLost` unless the code is 0 or concerns one channel only.
    func checkAlive(_ code: Int32) throws {
        switch code {
        case 0, LIBSSH2_ERROR_CHANNEL_EOF_SENT...LIBSSH2_ERROR_CHANNEL_OUTOFORDER,
            LIBSSH2_ERROR_REQUEST_DENIED, LIBSSH2_ERROR_INVAL:
            if wire.ending != nil { throw ConnectionLost() }
        default:
            throw ConnectionLost()
        }
    }
}
