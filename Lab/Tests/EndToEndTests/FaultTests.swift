import LabKit
import Testing
import Trials

/// A few of the trials of faults; `reliability faults` makes them all.
@Suite("faults, a sample", .serialized)
struct FaultTests {
    @Test("a fault of a node and one of the API, each stopped at and continued")
    func sample() async throws {
        var lane = FaultLane(.docker, program: try Harness.orchestrator())
        let server = try APIServerProgram.find(told: nil)
        for trial in FaultTrial.quick where trial.isPossible(on: server) {
            let seen = try await lane.make(trial)
            #expect(seen.problems == [], "\(trial.title): \(seen.happened)\n\(seen.story)")
        }
        await lane.close()
    }

    @Test("a fault of the API while the kubelet's servers reload, stopped at and continued")
    func onPods() async throws {
        var lane = FaultLane(.docker, program: try Harness.orchestrator(), runtime: .staticPod)
        let server = try APIServerProgram.find(told: nil)
        for trial in FaultTrial.quickOnPods where trial.isPossible(on: server) {
            let seen = try await lane.make(trial)
            #expect(seen.problems == [], "\(trial.title): \(seen.happened)\n\(seen.story)")
        }
        await lane.close()
    }

    @Test("every trial has a name of its own, so that no result hides another")
    func names() {
        let titles = FaultTrial.all.map(\.title)
        #expect(Set(titles).count == titles.count)
        #expect(FaultTrial.quick.count == 2 && FaultTrial.quickOnPods.count == 1)
    }
}
