internal import Basics
internal import Glibc

/// Makes TCP connections.
enum Dialer {
    /// Tries the addresses of the target one after the other, each with its share of the time.
    ///
    /// - Returns: a connected, non-blocking socket, the caller's to close.
    static func connect(_ phase: ConnectPhase) throws -> Int32 {
        let endpoints = try Resolver.resolve(phase)
        var failures: [Fault] = []
        for (index, endpoint) in endpoints.enumerated() {
            let now = ContinuousClock.now
            let share = now.duration(to: phase.deadline) / (endpoints.count - index)
            do {
                return try connect(phase, to: endpoint, until: now + share)
            } catch let fault as Fault {
                failures.append(fault)
            }
        }
        guard let first = failures.first else {
            throw Fault(.unreachable, "\(phase.target) has no address")
        }
        guard failures.count > 1 else { throw first }
        let all = failures.map(\.message).joined(separator: "; ")
        throw Fault(first.code, all, hint: first.hint)
    }

    private static func connect(
        _ phase: ConnectPhase, to endpoint: Endpoint, until moment: ContinuousClock.Instant
    ) throws -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(endpoint.family, type, 0)
        guard descriptor >= 0 else { throw failure(phase, endpoint, errno) }
        do {
            let started = endpoint.address.withUnsafeBytes { bytes in
                bytes.withMemoryRebound(to: sockaddr.self) {
                    Glibc.connect(descriptor, $0.baseAddress, socklen_t(bytes.count))
                }
            }
            if started != 0 {
                guard errno == EINPROGRESS else { throw failure(phase, endpoint, errno) }
                try phase.waitFor(descriptor, POLLOUT, until: moment) {
                    phase.timeoutFault("connecting to \(endpoint.text)")
                }
                let error = pendingError(of: descriptor)
                guard error == 0 else { throw failure(phase, endpoint, error) }
            }
            // Window updates and keystroke-sized requests must not wait for each other.
            var on: Int32 = 1
            let size = socklen_t(MemoryLayout<Int32>.size)
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, size)
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func pendingError(of descriptor: Int32) -> Int32 {
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        let code = getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
        return code == 0 ? error : errno
    }

    private static func failure(
        _ phase: ConnectPhase, _ endpoint: Endpoint, _ number: Int32
    ) -> Fault {
        let address = endpoint.text == phase.target.host ? "" : " (\(endpoint.text))"
        return Fault(
            .unreachable,
            "no connection to \(phase.target)\(address): \(systemMessage(number).lowercased())",
            hint: number == ECONNREFUSED
                ? "Check that sshd runs there and listens on port \(phase.target.port)."
                : "Check the address, the network and the firewall in between.")
    }
}
