internal import Basics
internal import Synchronization

/// Any API server that answers: while a run works they are restarted one by one.
final class LeaseServers: Sendable {
    typealias Server = @Sendable () async throws -> APIServer

    private let servers: [Server]
    /// How long one server may take, connecting included, before the next is asked. Real time.
    private let attemptTimeout: Duration
    /// Which answered last.
    private let preferred = Mutex(0)

    init(_ servers: [Server], attemptTimeout: Duration) {
        self.servers = servers
        self.attemptTimeout = attemptTimeout
    }

    /// - Throws: what a server decided (`Fault.isAPIDecision`); else, when all have failed, what
    ///   kept the first from answering.
    func ask<Answer: Sendable>(
        _ question: @escaping @Sendable (APIServer) async throws -> Answer
    ) async throws -> Answer {
        var first: Fault?
        let start = preferred.withLock(\.self)
        for offset in servers.indices {
            let index = (start + offset) % servers.count
            let server = servers[index]
            do {
                let answer = try await withTimeLimit(attemptTimeout) {
                    try await question(try await server())
                }
                preferred.withLock { $0 = index }
                return answer
            } catch {
                try Task.checkCancellation()
                let fault = Fault(error)
                if fault.isAPIDecision { throw fault }
                first = first ?? fault
            }
        }
        throw first ?? Fault(.refused, "there is no control-plane node")
    }
}

/// What `body` gives, unless it takes longer or the task is cancelled. Then `body` is cancelled but
/// not waited for, since it may itself be waiting for something that others wait for too.
private func withTimeLimit<Value: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let race = Race<Value>()
    let work = Task {
        do { race.end(.success(try await body())) } catch { race.end(.failure(error)) }
    }
    let timer = Task {
        // Cancelled where the work was faster.
        guard (try? await Task.sleep(for: limit)) != nil else { return }
        race.end(.failure(Fault(.timedOut, "no answer within \(limit.components.seconds) s")))
    }
    defer {
        work.cancel()
        timer.cancel()
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
