internal import Basics
package import LabKit

/// Asks again and again until it is so; a `Fault` when the time has passed.
package func eventually(
    _ what: String, within limit: Duration = .seconds(60),
    every interval: Duration = .milliseconds(100), _ isSo: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !isSo() {
        guard ContinuousClock.now < deadline else {
            throw Fault(.timedOut, "\(what): not within \(limit)")
        }
        try await Task.sleep(for: interval)
    }
}

extension Lab {
    /// Waits until every API server is ready.
    package func waitUntilServing() async throws {
        try await eventually("all API servers are ready", within: .seconds(120)) {
            try await status().allSatisfy { $0.apiServer == "ok" && $0.sshAnswers }
        }
    }
}
