internal import Foundation
internal import Synchronization

/// Does what blocks on a thread of its own.
///
/// The result is handed over under a lock: where the thread is done before the task waits,
/// ThreadSanitizer doesn't see how a continuation hands it over, and reports a race.
public func onOwnThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    let result = Mutex<Result<Value, any Error>?>(nil)
    await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            let value = Result(catching: body)
            result.withLock { $0 = value }
            continuation.resume()
        }
    }
    guard let value = result.withLock({ $0 }) else { throw CancellationError() }
    return try value.get()
}
