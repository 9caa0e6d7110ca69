import Foundation
import LabKit
import Testing
import Trials

/// A sample of `reliability kills`, which tries all of them.
@Suite("killed at failpoints", .serialized)
struct KillTests {
    private static let sample = 1

    @Test("killed at points drawn by lot, the same command run again ends as if nothing had been")
    func sampled() async throws {
        let seed: UInt64 = 20_261_121
        let folder = "\(NSTemporaryDirectory())/orchestrator-kills-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let run = TrialRun(
            program: try Harness.orchestrator(),
            selection: Selection(sample: Self.sample, seed: seed),
            server: try await ServerName.of(),
            log: try ResultLog(folder: folder, kind: .kills), say: { print($0) })
        try await KillsTrials(run, user: .docker, secrets: 10).make()
        #expect(run.results.count == Self.sample)
        #expect(run.problems == [], "seed \(seed)")
    }
}
