import Basics
import Foundation
import Synchronization

@testable import HTTP

/// Joins descriptors to ports of loopback, as an SSH connection would to a node's.
final class TCPRelay: Sendable {
    private let seen = Mutex<[String]>([])
    private let deafUntil = Mutex<ContinuousClock.Instant?>(nil)
    private let least = Mutex(1)
    private let port: Int

    /// - Parameter port: where every connection really goes.
    init(to port: Int) { self.port = port }

    /// `host:port` of each connection that was asked for.
    var targets: [String] { seen.withLock { $0 } }

    /// Takes nothing from any client for so long.
    func pause(for duration: Duration) {
        deafUntil.withLock { $0 = .now + duration }
    }

    /// Passes the next bytes to the client on only when there are so many, all at once.
    func gather(_ bytes: Int) {
        least.withLock { $0 = bytes }
    }

    private func takeLeast() -> Int {
        least.withLock { least in
            defer { least = 1 }
            return least
        }
    }

    private func awaitEndOfPause() {
        while let end = deafUntil.withLock({ $0 }), end > .now { usleep(10_000) }
    }

    var dial: HTTPClientConfiguration.Dial {
        { descriptor, host, port, failed in
            self.seen.withLock { $0.append("\(host):\(port)") }
            Thread.detachNewThread { self.join(descriptor, failed) }
        }
    }

    private func join(_ descriptor: Int32, _ failed: (Fault) -> Void) {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0 {
            failed(Fault(.denied, "the relay's server says no", hint: "Allow forwarding."))
        } else {
            // Closed only when neither copies any more: the numbers go to the next connections.
            let back = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                copy(from: socket, to: descriptor, atLeast: self.takeLeast)
                back.signal()
            }
            copy(from: descriptor, to: socket, before: awaitEndOfPause)
            back.wait()
        }
        close(socket)
        close(descriptor)
    }
}

/// Copies until either side ends, and then ends both directions.
///
/// - Parameter atLeast: how many bytes there have to be before any is passed on; asked when some
///   are there. No more than the buffer holds.
private func copy(
    from source: Int32, to target: Int32, before: () -> Void = {}, atLeast: () -> Int = { 1 }
) {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    copying: while true {
        before()
        var count = recv(source, &buffer, buffer.count, 0)
        guard count > 0 else { break }
        let least = atLeast()
        while count < least {
            let more = buffer.withUnsafeMutableBytes {
                recv(source, $0.baseAddress?.advanced(by: count), $0.count - count, 0)
            }
            guard more > 0 else { break copying }
            count += more
        }
        var sent = 0
        while sent < count {
            let written = buffer.withUnsafeBytes {
                send(target, $0.baseAddress?.advanced(by: sent), count - sent, Int32(MSG_NOSIGNAL))
            }
            guard written > 0 else { break copying }
            sent += written
        }
    }
    shutdown(source, Int32(SHUT_RDWR))
    shutdown(target, Int32(SHUT_RDWR))
}
