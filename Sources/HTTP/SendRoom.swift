internal import CLibCurl
internal import Glibc

/// How many bytes of requests may be on their way, so that a send doesn't find the kernel's buffer
/// full. (It still may where a peer reads nothing and requests are cancelled, whose bytes stay; how
/// long is bounded by `OpenSockets`.)
///
/// Of a full one libcurl 7.88 never recovers: it offers OpenSSL other bytes than those that had to
/// wait, OpenSSL takes that for a mistake (`SSL_R_BAD_WRITE_RETRY`) and works no more, and libcurl
/// reads this as «try again». The connection then stands still, what the server answers unread,
/// until its requests time out. A hundred requests at once, each with a service account's token
/// (which HTTP/2 doesn't compress, RFC 7541, section 7.1.3), are more than a new connection holds.
struct SendRoom {
    /// In bytes, for each socket. Linux doubles it and grants no more than `net.core.wmem_max`,
    /// 208 KiB unless set.
    private static let wanted: Int32 = 256 << 10

    private let limit: Int
    private var used = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// What the kernel of this machine grants.
    init() {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(probe) }
        Self.widen(probe)
        var granted: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        if getsockopt(probe, SOL_SOCKET, SO_SNDBUF, &granted, &length) != 0 { granted = 0 }
        // Half of it is for the kernel's own structures (socket(7)), and a connection sends more
        // than requests: what controls its streams, TLS.
        self.init(limit: Int(granted) * 3 / 8)
    }

    /// Gives a new socket as large a buffer as there is.
    static func widen(_ socket: Int32) {
        var size = wanted
        setsockopt(
            socket, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Whether so many bytes more have room; a request that is alone always has.
    func holds(_ bytes: Int) -> Bool { used == 0 || used + bytes <= limit }

    mutating func take(_ bytes: Int) {
        used += bytes
    }

    mutating func giveBack(_ bytes: Int) {
        used -= bytes
    }
}

extension HTTPRequest {
    /// How many bytes the request takes up on a connection at most, about.
    var sendSize: Int {
        // Frames, TLS records and what libcurl adds of its own.
        let framing = 256
        return headers.reduce(framing + method.utf8.count + url.utf8.count + (body?.count ?? 0)) {
            $0 + $1.name.utf8.count + $1.value.utf8.count
        }
    }
}
