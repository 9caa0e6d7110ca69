internal import CLibSSH2
internal import Glibc

/// The byte stream under a session: a non-blocking socket and what waits to be sent over it.
///
/// libssh2 leaves a half-sent packet to the call that made it: until that very call is repeated,
/// every other one fails (`send_existing` in its transport.c), which rules out several channels at
/// a time. So libssh2 writes into a queue here that takes everything, and never sees a full socket.
///
/// Belongs to the thread of its connection.
final class Wire {
    /// Above this, channels stop writing until the socket has taken some. Packets of libssh2's own
    /// (key exchange, window updates) are taken at any time; they are few and small.
    private static let highWater = 512 << 10
    /// How much is read ahead when no channel is there to read through libssh2.
    private static let stashLimit = 256 << 10

    let descriptor: Int32
    /// How many bytes libssh2 has taken in.
    private(set) var taken = 0
    /// When the server was last heard.
    private(set) var lastReceived = ContinuousClock.now
    /// Why nothing more can come; nil as long as it can.
    private(set) var ending: String?
    /// What the server said when it disconnected.
    var farewell: String?

    private var outbound: [UInt8] = []
    private var sent = 0
    private var stash: [UInt8] = []
    private var stashRead = 0

    /// - Parameter descriptor: a connected, non-blocking stream socket, which it takes over.
    init(descriptor: Int32) {
        self.descriptor = descriptor
        outbound.reserveCapacity(Self.highWater + (64 << 10))
    }

    deinit { Glibc.close(descriptor) }

    var hasPendingOutput: Bool { sent < outbound.count }

    /// Whether a channel may write; tries to make room first.
    var hasRoom: Bool {
        if outbound.count - sent >= Self.highWater { flush() }
        return outbound.count - sent < Self.highWater
    }

    var hasStash: Bool { stashRead < stash.count }

    func end(_ reason: String) {
        if ending == nil { ending = reason }
    }

    /// Sends as much as the socket takes now.
    func flush() {
        while ending == nil && sent < outbound.count {
            let result = outbound.withUnsafeBytes { bytes in
                Glibc.send(
                    descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent,
                    Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if result >= 0 {
                sent += result
            } else if errno == EAGAIN {
                break
            } else if errno != EINTR {
                end(systemMessage(errno))
            }
        }
        if sent == outbound.count {
            outbound.removeAll(keepingCapacity: true)
            sent = 0
        } else if sent > Self.highWater / 2 {
            outbound.removeSubrange(..<sent)
            sent = 0
        }
    }

    /// Reads ahead, so that the end of the stream is seen and the peer counts as alive.
    func readAhead() {
        guard stash.count - stashRead < Self.stashLimit else {
            return end("the server sends without end what nobody asked for")
        }
        if stashRead > 0 {
            stash.removeSubrange(..<stashRead)
            stashRead = 0
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 1)
        defer { buffer.deallocate() }
        let count = receiveFromSocket(buffer.baseAddress, buffer.count)
        if count > 0 { stash.append(contentsOf: buffer[..<count]) }
    }

    // MARK: What libssh2 calls

    /// Takes all of it; `-EPIPE` when the stream has ended.
    func queue(_ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        guard ending == nil else { return -Int(EPIPE) }
        outbound.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
        return count
    }

    /// Bytes received, `-EAGAIN`, or another negative number when the stream has ended.
    func receive(_ target: UnsafeMutableRawPointer?, _ limit: Int) -> Int {
        guard hasStash else {
            let count = receiveFromSocket(target, limit)
            taken += max(0, count)
            return count
        }
        let count = min(limit, stash.count - stashRead)
        stash.withUnsafeBytes { bytes in
            if let target, let source = bytes.baseAddress {
                target.copyMemory(from: source + stashRead, byteCount: count)
            }
        }
        stashRead += count
        taken += count
        return count
    }

    private func receiveFromSocket(_ target: UnsafeMutableRawPointer?, _ limit: Int) -> Int {
        while ending == nil {
            let count = recv(descriptor, target, limit, Int32(MSG_DONTWAIT))
            if count > 0 {
                lastReceived = .now
                if count < limit { acknowledge() }
                return count
            } else if count == 0 {
                end("the server closed the connection")
            } else if errno == EAGAIN {
                return -Int(EAGAIN)
            } else if errno != EINTR {
                end(systemMessage(errno))
            }
        }
        return -Int(ECONNRESET)
    }

    /// Has what was received acknowledged at once. Where nothing but TCP connections goes through a
    /// session, OpenSSH's server leaves Nagle's algorithm on: it holds a small packet back until the
    /// one before it is acknowledged, for which Linux otherwise takes 40 ms (tcp(7), TCP_QUICKACK,
    /// which has to be asked for again and again).
    private func acknowledge() {
        var on: CInt = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_QUICKACK, &on,
            socklen_t(MemoryLayout.size(ofValue: on)))
    }
}
