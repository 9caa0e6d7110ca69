internal import Basics
internal import Glibc

/// The system's words for an error number.
func systemMessage(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: text, as: UTF8.self)
}

/// Two connected, non-blocking stream sockets that no child process inherits.
func makeSocketPair() throws -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(
        SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
        throw Fault(.failed, "no socket pair could be made: \(systemMessage(errno))")
    }
    return (ends[0], ends[1])
}

/// Wakes a thread that waits in `poll`.
final class WakeUp: Sendable {
    /// Readable after `signal()`, until `drain()`.
    let descriptor: Int32
    private let writing: Int32

    init() throws {
        (descriptor, writing) = try makeSocketPair()
    }

    deinit {
        close(descriptor)
        close(writing)
    }

    /// May be called from any thread.
    func signal() {
        var byte: UInt8 = 0
        // A full buffer means that a wake-up is pending already, so that the result is of no use.
        _ = send(writing, &byte, 1, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
    }

    func drain() {
        var bytes = [UInt8](repeating: 0, count: 256)
        while recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT)) == bytes.count {}
    }
}

/// Waits until one of the descriptors has something to tell, or the moment comes.
///
/// Takes and returns `pollfd`s by reference; an interrupted wait counts as a short one.
func wait(on descriptors: inout [pollfd], until moment: ContinuousClock.Instant?) {
    var milliseconds: Int32 = -1
    if let moment {
        let left = moment - .now
        // Rounded up: a wait that ends just before its moment would be repeated in a tight loop.
        let (seconds, attoseconds) = left.components
        let exact = seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        milliseconds = Int32(clamping: max(0, exact))
    }
    if poll(&descriptors, nfds_t(descriptors.count), milliseconds) < 0 {
        for index in descriptors.indices { descriptors[index].revents = 0 }
    }
}
