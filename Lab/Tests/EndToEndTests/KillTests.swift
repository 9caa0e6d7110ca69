import Foundation
import LabKit
import Testing
import Trials

/// A sample of `reliability kills`, which tries all of them.
@Suite("killed at failpoints", .serialized)
struct KillTests {
    private static let sample = 4

    @Test("another few points each day, the same command run again ends as if nothing had been")
    func sampled() async throws {
        let day = UInt64(Date().timeIntervalSince1970 / 86400)
        let folder = "\(NSTemporaryDirectory())/orchestrator-kills-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let run = TrialRun(
            program: try Harness.orchestrator(),
            selection: Selection(sample: Self.sample, seed: day), server: try await ServerName.of(),
            log: try ResultLog(folder: folder, kind: .kills), say: { print($0) })
        try await KillsTrials(run, user: .docker, secrets: 10).make()
        #expect(run.results.count == Self.sample)
        #expect(run.problems == [], "seed \(day)")
    }
}
