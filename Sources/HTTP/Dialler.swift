internal import Basics
internal import CLibCurl
internal import Glibc
internal import Synchronization

/// Makes libcurl's connections come out at `HTTPClientConfiguration.dial`.
///
/// libcurl can take over a socket that is connected already (CURL_SOCKOPT_ALREADY_CONNECTED), but
/// 7.88 connects it all the same and fails (github.com/curl/curl/pull/10648); and it reuses no
/// connection whose peer has no address to print, as nameless Unix sockets have none. So libcurl is
/// made to connect to a listener of our own on loopback, and what that accepts goes to `dial`.
final class Dialler {
    private let dial: HTTPClientConfiguration.Dial
    private var pending: [PendingDial] = []

    init(_ dial: @escaping HTTPClientConfiguration.Dial) {
        self.dial = dial
    }

    /// The listeners that libcurl hasn't been seen at yet.
    var awaited: [Int32] { pending.map(\.listener.descriptor) }

    /// Opens a socket for libcurl and alters the address to which libcurl will connect it.
    ///
    /// - Returns: the socket, or nil where there is none to be had (`attempt` says why).
    func open(
        _ place: URLAuthority, for attempt: DialAttempt, altering address: inout curl_sockaddr
    ) -> Int32? {
        guard let listener = LoopbackListener(), let socket = makeSocket() else {
            attempt.failed(
                Fault(.failed, "can't make a local socket: \(String(cString: strerror(errno)))"))
            return nil
        }
        address.family = AF_INET
        address.addrlen = UInt32(MemoryLayout<sockaddr_in>.size)
        address.addr = unsafeBitCast(listener.address, to: sockaddr.self)
        pending.append(
            PendingDial(listener: listener, socket: socket, place: place, attempt: attempt))
        return socket
    }

    /// Hands over the connections that libcurl has made meanwhile.
    func dialPending() {
        guard !pending.isEmpty else { return }
        pending = pending.filter { pending in
            guard let descriptor = pending.listener.accept(from: pending.socket) else {
                return pending.attempt != nil
            }
            guard let attempt = pending.attempt else {
                close(descriptor)
                return false
            }
            dial(descriptor, pending.place.host, pending.place.port) { attempt.failed($0) }
            return false
        }
    }
}

private struct PendingDial {
    let listener: LoopbackListener
    /// libcurl's, and perhaps closed by it already.
    let socket: Int32
    let place: URLAuthority
    /// Held by the transfer that needs it: when that has gone, nobody connects any more.
    weak var attempt: DialAttempt?
}

/// What became of one connection that was dialled.
final class DialAttempt: Sendable {
    private let state = Mutex<Fault?>(nil)

    /// Why the host could not be reached, as far as it was told.
    var fault: Fault? { state.withLock { $0 } }

    func failed(_ fault: Fault) {
        state.withLock { $0 = $0 ?? fault }
    }
}

/// A socket that listens on a port of 127.0.0.1 of the kernel's choice.
private final class LoopbackListener {
    let descriptor: Int32
    let address: sockaddr_in

    init?() {
        guard let descriptor = makeSocket(SOCK_NONBLOCK.rawValue) else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        guard withSocketAddress(&address, { bind(descriptor, $0, $1.pointee) }) == 0,
            listen(descriptor, 16) == 0,
            withSocketAddress(&address, { getsockname(descriptor, $0, $1) }) == 0
        else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.address = address
    }

    deinit { close(descriptor) }

    /// The connection that comes from `socket`, if it has come. Others are turned away: any user of
    /// this machine can find the port.
    func accept(from socket: Int32) -> Int32? {
        while true {
            var (peer, own) = (sockaddr_in(), sockaddr_in())
            let accepted = withSocketAddress(&peer) { Glibc.accept(descriptor, $0, $1) }
            guard accepted >= 0 else { return nil }
            var on: Int32 = 1
            if withSocketAddress(&own, { getsockname(socket, $0, $1) }) == 0,
                own.sin_family == peer.sin_family, own.sin_port == peer.sin_port,
                own.sin_addr.s_addr == peer.sin_addr.s_addr,
                fcntl(accepted, F_SETFD, FD_CLOEXEC) == 0,
                setsockopt(
                    accepted, Int32(IPPROTO_TCP), TCP_NODELAY, &on,
                    socklen_t(MemoryLayout<Int32>.size)) == 0
            {
                return accepted
            }
            close(accepted)
        }
    }
}

private func makeSocket(_ flags: UInt32 = 0) -> Int32? {
    let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | flags
    let descriptor = socket(AF_INET, Int32(type), 0)
    return descriptor >= 0 ? descriptor : nil
}

private func withSocketAddress(
    _ address: inout sockaddr_in,
    _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
) -> Int32 {
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
    }
}
