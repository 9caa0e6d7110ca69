import Basics
import Synchronization

/// One line from standard input, read on a thread of its own: a person may take hours, and the
/// cooperative pool has one thread per core.
enum TypedLine {
    /// Nobody can call the thread back from its read. When the task is cancelled it is left there,
    /// where it holds the lock of stdio's stdin; so this is for programs that end then.
    ///
    /// - Returns: the line without its end; nil at the end of the input.
    /// - Throws: `CancellationError`; `Fault` where the system has no more threads.
    static func read() async throws -> String? {
        let waiting = Waiting()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard waiting.begin(continuation) else { return }
                do {
                    try OwnThread.start(named: "prompt") {
                        waiting.end(.success(readLine()))
                    }
                } catch {
                    waiting.end(.failure(error))
                }
            }
        } onCancel: {
            waiting.end(.failure(CancellationError()))
        }
    }
}

/// Somebody who waits for the first of two ends.
private final class Waiting: Sendable {
    private enum State {
        case fresh
        case awaited(CheckedContinuation<String?, any Error>)
        case over
    }

    private let state = Mutex(State.fresh)

    /// False where it was cancelled before it began.
    func begin(_ continuation: CheckedContinuation<String?, any Error>) -> Bool {
        let isOver = state.withLock { state in
            if case .over = state { return true }
            state = .awaited(continuation)
            return false
        }
        if isOver { continuation.resume(throwing: CancellationError()) }
        return !isOver
    }

    func end(_ result: Result<String?, any Error>) {
        let waiting: CheckedContinuation<String?, any Error>? = state.withLock { state in
            defer { state = .over }
            if case .awaited(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume(with: result)
    }
}
