internal import Synchronization

/// What `body` gives, unless it takes longer or the task is cancelled. Then `body` is cancelled but
/// not waited for, since it may itself be waiting for something that others wait for too.
///
/// - Throws: `Fault(.timedOut)` after `limit`; else what `body` throws, or `CancellationError`.
public func withTimeLimit<Value: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await racing(body) { race in
        // Cancelled where the work was faster.
        guard (try? await Task.sleep(for: limit)) != nil else { return }
        race.end(.failure(Fault(.timedOut, "no answer within \(limit.components.seconds) s")))
    }
}

/// What `body` gives, unless the task is cancelled. Then `body` is cancelled but not waited for.
public func unlessCancelled<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await racing(body) { _ in }
}

private func racing<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value,
    against rival: @escaping @Sendable (Race<Value>) async -> Void
) async throws -> Value {
    let race = Race<Value>()
    let work = Task {
        do { race.end(.success(try await body())) } catch { race.end(.failure(error)) }
    }
    let other = Task { await rival(race) }
    defer {
        work.cancel()
        other.cancel()
    }
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { race.wait(with: $0) }
    } onCancel: {
        race.end(.failure(CancellationError()))
    }
}

/// The first of several ends counts.
private final class Race<Value: Sendable>: Sendable {
    private enum State {
        case running
        case awaited(CheckedContinuation<Value, any Error>)
        case ended(Result<Value, any Error>)
        case over
    }

    private let state = Mutex(State.running)

    func wait(with continuation: CheckedContinuation<Value, any Error>) {
        let result: Result<Value, any Error>? = state.withLock { state in
            guard case .ended(let result) = state else {
                state = .awaited(continuation)
                return nil
            }
            state = .over
            return result
        }
        if let result { continuation.resume(with: result) }
    }

    func end(_ result: Result<Value, any Error>) {
        let waiting: CheckedContinuation<Value, any Error>? = state.withLock { state in
            switch state {
            case .running:
                state = .ended(result)
                return nil
            case .awaited(let continuation):
                state = .over
                return continuation
            case .ended, .over: return nil
            }
        }
        waiting?.resume(with: result)
    }
}
