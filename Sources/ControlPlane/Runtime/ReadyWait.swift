internal import Basics

/// One look at a server that is waited for.
struct ServerLook: Sendable {
    let isRunning: Bool
    /// Tells this start of it from any other.
    let start: String
    /// Why waiting on is pointless; asked for where it doesn't run.
    var end: Fault?
    /// What to say when time is up.
    var note: String?
}

extension Readiness {
    /// Waits until the server is ready, whoever runs it.
    ///
    /// - Parameter limit: instead of `timeout`.
    /// - Returns: the look at the start that was found ready.
    /// - Throws: `Fault` when time is up, or as soon as waiting is pointless.
    func wait<Look: Sendable>(
        limit: Duration? = nil, _ look: () async throws -> Look,
        telling told: (Look) -> ServerLook
    ) async throws -> Look {
        let timeout = limit ?? timeout
        let deadline = ContinuousClock.now + timeout
        var problem = "it doesn't say that it's ready"
        var refused: (since: ContinuousClock.Instant, fault: Fault)?
        while true {
            let before = told(try await look())
            if before.isRunning {
                do {
                    let isReady = try await isReady()
                    refused = nil
                    if isReady {
                        // It might have been another start that answered.
                        let after = try await look()
                        if told(after).isRunning, told(after).start == before.start { return after }
                    }
                } catch {
                    let fault = Fault(error)
                    problem = LogExcerpt.printable(fault.message)
                    let isFinal = [.untrusted, .unauthenticated].contains(fault.code)
                    refused = isFinal ? (refused?.since ?? .now, fault) : nil
                }
            } else if let end = before.end {
                throw end
            } else if let note = before.note {
                problem = note
            }
            if let refused, .now - refused.since > refusalTimeout {
                throw Fault(
                    refused.fault.code, "kube-apiserver serves, but not us: \(problem)",
                    hint: refused.fault.hint, cause: refused.fault)
            }
            guard ContinuousClock.now < deadline else {
                throw Fault(
                    .timedOut, "kube-apiserver wasn't ready within \(timeout): \(problem)")
            }
            try await Task.sleep(for: interval)
        }
    }
}

/// Runs a body to its end even if the task that waits for it is cancelled.
func uninterrupted<Success: Sendable>(
    _ body: @escaping @Sendable () async throws -> Success
) async throws -> Success {
    try await Task { try await body() }.value
}
