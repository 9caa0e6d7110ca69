internal import Basics

/// Asks again and again until `body` gives a value; a `Fault` when `limit` has passed.
///
/// What `body` throws counts as "not yet" and is told when time is up.
func waiting<Value: Sendable>(
    for what: String, atMost limit: Duration, every interval: Duration = .milliseconds(50),
    _ body: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    var last: (any Error)?
    repeat {
        do {
            if let value = try await body() { return value }
        } catch is CancellationError {
            throw CancellationError()
        } catch let hopeless as Hopeless {
            throw hopeless.fault
        } catch {
            last = error
        }
        try await Task.sleep(for: interval)
    } while ContinuousClock.now < deadline
    throw Fault(
        .timedOut,
        "\(what): not within \(limit)"
            + (last.map { " (\(Fault($0).message))" } ?? ""), cause: last)
}

/// Thrown by the body of `waiting` when there is nothing left to wait for.
struct Hopeless: Error {
    let fault: Fault
}
