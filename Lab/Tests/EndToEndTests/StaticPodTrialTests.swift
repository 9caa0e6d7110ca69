import Foundation
import LabKit
import Testing

@testable import Trials

/// A sample of what `reliability … --runtime static-pod` tries at length.
@Suite("trials on static pods", .serialized)
struct StaticPodTrialTests {
    @Test("the key is rotated under load by reload, no request fails and no server is restarted")
    func load() async throws {
        try await Harness.withLab(
            nodes: 3, runtime: .staticPod, user: .sudo, encryption: .off
        ) { lab in
            _ = try await lab.fill(secrets: 50)
            let user = try Operator(of: lab)
            let result = try await LoadTrial(workflow: .rotate, number: 1).make(user, ClientLoad())
            #expect(result.problems == [])
            #expect(result.counts.wrongAnswers == 0)
            #expect(result.counts.noticesWhileRestarting == 0)
            #expect(result.restarted == [] && result.restarts == 0)
            #expect(result.counts.updates > 100)
            #expect(result.counts.valuesCompared > 1000)
        }
    }

    @Test("killed at a point drawn by lot, the same command run again ends as if nothing had been")
    func kill() async throws {
        let seed: UInt64 = 20_261_122
        let folder = "\(NSTemporaryDirectory())/orchestrator-pod-kills-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let run = TrialRun(
            program: try Harness.orchestrator(), selection: Selection(sample: 1, seed: seed),
            server: try await ServerName.of(), runtime: .staticPod,
            log: try ResultLog(folder: folder, kind: .kills), say: { print($0) })
        try await KillsTrials(run, user: .sudo, secrets: 10).make()
        #expect(run.results.count == 1)
        #expect(run.problems == [], "seed \(seed)")
    }
}
