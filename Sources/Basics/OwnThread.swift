internal import Foundation
internal import Synchronization

/// A thread for work that blocks, away from the cooperative pool.
public enum OwnThread {
    /// Runs `body` on a new thread that no signal interrupts.
    ///
    /// Signals stay with the program's other threads; above all, a peer that has gone away can't
    /// end the program by SIGPIPE, whichever library does the writing.
    ///
    /// - Parameter name: what debuggers and `ps -L` show; Linux keeps 15 bytes of it.
    /// - Throws: `Fault` where the system has no more threads.
    public static func start(
        named name: String, _ body: @escaping @Sendable () -> Void
    ) throws(Fault) {
        let work = Unmanaged.passRetained(Work(name: name, body: body))
        let status = withSignalsBlocked {
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { work in
                    guard let work else { return nil }
                    Unmanaged<Work>.fromOpaque(work).takeRetainedValue().run()
                    return nil
                }, work.toOpaque())
            if status == 0 { pthread_detach(thread) }
            return status
        }
        guard status == 0 else {
            work.release()
            throw Fault(.failed, "can't start a thread: \(String(cString: strerror(status)))")
        }
    }

    /// Runs `body`, which blocks, on a new thread and gives back what it came to.
    ///
    /// - Parameter body: is lent a question that it should ask now and then: whether the task was
    ///   cancelled meanwhile. Then it throws `CancellationError`.
    public static func result<Success: Sendable>(
        named name: String,
        _ body: @escaping @Sendable (_ checkCancellation: () throws -> Void) throws -> Success
    ) async throws -> Success {
        let isCancelled = Atomic(false)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                do {
                    try start(named: name) {
                        continuation.resume(
                            with: Result {
                                try body {
                                    if isCancelled.load(ordering: .relaxed) {
                                        throw CancellationError()
                                    }
                                }
                            })
                    }
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        } onCancel: {
            isCancelled.store(true, ordering: .relaxed)
        }
    }

    /// A new thread inherits what its maker has blocked.
    private static func withSignalsBlocked(_ body: () -> Int32) -> Int32 {
        var (all, before) = (sigset_t(), sigset_t())
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        return body()
    }

    private final class Work: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }

        func run() {
            Thread.current.name = name
            body()
        }
    }
}
