internal import Basics
internal import Synchronization

/// A request to end at the next safe point, made by a signal handler and asked for by the workflow.
public final class StopSignal: Sendable {
    private struct State {
        var isRequested = false
        var waiting: [Int: @Sendable () -> Void] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    public init() {}

    public func request() {
        let waiting = state.withLock { state in
            state.isRequested = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for cancel in waiting { cancel() }
    }

    /// - Parameter standing: how the cluster is at this point.
    func check(next command: String, standing: String = "every API server is serving") throws {
        guard state.withLock(\.isRequested) else { return }
        throw Fault(
            .interrupted, "stopped at a safe point, as asked; \(standing)",
            hint: "\(command) continues where this run stopped.")
    }

    /// Runs work that may be left at any point and continued later; a request cancels it.
    func interrupting<Success: Sendable>(
        _ work: @escaping @Sendable () async throws -> Success
    ) async throws -> Success {
        let task = Task(operation: work)
        let ticket = enlist { task.cancel() }
        defer { if let ticket { state.withLock { _ = $0.waiting.removeValue(forKey: ticket) } } }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Nil where the request was made already.
    private func enlist(_ cancel: @escaping @Sendable () -> Void) -> Int? {
        let ticket: Int? = state.withLock { state in
            guard !state.isRequested else { return nil }
            state.next += 1
            state.waiting[state.next] = cancel
            return state.next
        }
        if ticket == nil { cancel() }
        return ticket
    }
}
