internal import Foundation
internal import Glibc

/// Runs `body` as a task that Ctrl-C or a request to end cancels, so that it can clear away what
/// it has made.
package func cancelledBySignals<Value: Sendable>(
    telling say: @escaping @Sendable (String) -> Void,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let task = Task { try await body() }
    let read = SignalPipe.open()
    let watcher = Thread {
        var byte: UInt8 = 0
        if Glibc.read(read, &byte, 1) == 1 {
            say("interrupted")
            task.cancel()
        }
    }
    watcher.start()
    return try await task.value
}

/// What a signal handler may touch: one descriptor, set before the handlers are.
private enum SignalPipe {
    // Written once, before any handler is installed, and only read from then on.
    nonisolated(unsafe) static var writing: Int32 = -1

    /// Handlers, unlike ignored signals, aren't inherited by the programs that are started.
    static func open() -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return -1 }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        writing = ends[1]
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in
                var byte: UInt8 = 1
                write(SignalPipe.writing, &byte, 1)
            }
        }
        return ends[0]
    }
}
