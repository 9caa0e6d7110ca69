internal import CLibCurl
internal import Glibc

/// The sockets of all connections that libcurl has open now.
///
/// libcurl 7.88 sends head and body of an HTTP/2 request in records and segments of their own. What
/// many requests send in one turn goes out in few segments if the kernel holds it back until the
/// turn's end (`TCP_CORK`, tcp(7)), for which the other side thanks, too: it wakes once.
///
/// Used by the client's thread alone. Lives longer than the multi handle, whose connections call
/// back to it when they are closed.
final class OpenSockets {
    private var descriptors: Set<Int32> = []

    /// Has libcurl tell of what it opens and closes.
    func follow(_ options: OptionSetter) {
        let owner = Unmanaged.passUnretained(self).toOpaque()
        options.set(CURLOPT_SOCKOPTDATA, to: owner)
        options.setSocketFollower { owner, socket, _ in
            SendRoom.widen(socket)
            endUnacknowledged(socket)
            if let owner { sockets(owner).descriptors.insert(socket) }
            return CURL_SOCKOPT_OK
        }
        options.set(CURLOPT_CLOSESOCKETDATA, to: owner)
        options.setSocketCloser { owner, socket in
            if let owner { sockets(owner).descriptors.remove(socket) }
            return close(socket)
        }
    }

    /// What is sent during `body` leaves at its end, or as soon as it fills segments.
    func holdingBack(_ body: () -> Void) {
        let held = descriptors
        cork(held, 1)
        body()
        cork(held.intersection(descriptors), 0)
    }

    /// Where it can't be had, things are sent one by one, as ever.
    private func cork(_ sockets: Set<Int32>, _ value: Int32) {
        var value = value
        for socket in sockets {
            setsockopt(
                socket, Int32(IPPROTO_TCP), TCP_CORK, &value,
                socklen_t(MemoryLayout<Int32>.size))
        }
    }
}

/// Has the kernel end a connection whose other side hasn't acknowledged for half a minute what was
/// sent (`TCP_USER_TIMEOUT`, tcp(7)): before requests give up, whose bytes would stay in the socket
/// where `SendRoom` no longer counts them.
private func endUnacknowledged(_ socket: Int32) {
    var milliseconds: UInt32 = 30_000
    setsockopt(
        socket, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds,
        socklen_t(MemoryLayout<UInt32>.size))
}

private func sockets(_ owner: UnsafeMutableRawPointer) -> OpenSockets {
    Unmanaged<OpenSockets>.fromOpaque(owner).takeUnretainedValue()
}
