import Basics
import Foundation
import Glibc

/// Joins local stream connections to a Unix socket, each by two threads that copy.
enum UnixSocket {
    /// - Parameter descriptor: owned from here on.
    static func join(_ descriptor: Int32, to path: String) throws {
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard connect(socket, path) else {
            let reason = String(cString: strerror(errno))
            for descriptor in [socket, descriptor] { close(descriptor) }
            throw Fault(.unreachable, "\(path): \(reason)")
        }
        Thread.detachNewThread {
            let isBack = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                copy(from: socket, to: descriptor)
                isBack.signal()
            }
            copy(from: descriptor, to: socket)
            isBack.wait()
            for descriptor in [socket, descriptor] { close(descriptor) }
        }
    }

    private static func connect(_ socket: Int32, _ path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafeBytes(of: &address) { bytes in
            guard let address = bytes.bindMemory(to: sockaddr.self).baseAddress else {
                return false
            }
            return Glibc.connect(socket, address, socklen_t(bytes.count)) == 0
        }
    }

    private static func copy(from source: Int32, to target: Int32) {
        var buffer = [UInt8](repeating: 0, count: 32 << 10)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            guard count > 0, sendAll(buffer[..<count], to: target) else { break }
        }
        // Either end may be gone by now.
        _ = shutdown(target, Int32(SHUT_WR))
        _ = shutdown(source, Int32(SHUT_RD))
    }

    private static func sendAll(_ bytes: ArraySlice<UInt8>, to target: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
