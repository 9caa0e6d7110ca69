internal import Basics
internal import Glibc
internal import Synchronization

/// One connection made by `HTTPClientConfiguration.dial`: what became of it.
final class DialAttempt: Sendable {
    private let state = Mutex<Fault?>(nil)

    /// Why the host could not be reached, as far as it was told.
    var fault: Fault? { state.withLock { $0 } }

    func failed(_ fault: Fault) {
        state.withLock { $0 = $0 ?? fault }
    }

    /// Makes a connected pair of stream sockets and has the far one joined to the host.
    ///
    /// - Returns: the near one, or nil where there is no pair to be had (`fault` says why).
    func start(_ dial: HTTPClientConfiguration.Dial, host: String, port: Int) -> Int32? {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            failed(Fault(.failed, "can't make a socket pair: \(String(cString: strerror(errno)))"))
            return nil
        }
        dial(ends[1], host, port) { [self] in failed($0) }
        return ends[0]
    }
}
