internal import Foundation

/// Does what blocks on a thread of its own: the pool has as few threads as there are cores, and
/// others' timing depends on them.
func onOwnThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
    }
}
