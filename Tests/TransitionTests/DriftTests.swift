import EncryptionModel
import Testing

@testable import Transition

/// Somebody gives a server another config of the same operation while the operation stands still:
/// by hand, or with an older state file. Whatever that server wrote meanwhile, nothing is lost.
@Suite struct DriftTests {
    private static let pairs = Sample.pairs(upTo: 2).map { from, to in
        (from.map { Sample.config($0) }, to.map { Sample.config($0) })
    }

    /// The states that an undisturbed run goes through.
    private func run(from first: Model) -> [Model] {
        var states = [first]
        while let last = states.last, last.operation != nil, states.count < 100 {
            guard case .act(let action) = last.decision(.converge(.plaintext)) else {
                Issue.record("refused: \(last.decision(.converge(.plaintext)))")
                break
            }
            if case .rewrite = action, !last.everyServerReadsEverything {
                Issue.record("rewritten while a server can't read all")
            }
            states.append(last.after(action)[0])
        }
        return states
    }

    private func expectRight(_ end: Model?, _ to: ProviderConfig?, _ what: String) {
        let isRight =
            end?.operation == nil && end?.everyServerReadsEverything == true
            && end?.servers.allSatisfy { $0.loaded == to && $0.file == to } == true
        if !isRight { Issue.record("\(what): \(String(describing: end))") }
    }

    @Test(
        "put back to any stage in any state, everything is readable in the end",
        arguments: [0, 1, 2])
    func everyDrift(reloading: Int) async {
        var drifts = 0
        // Mixed clusters do what both of the others do.
        let pairs = Self.pairs.enumerated().filter { reloading != 1 || $0.offset % 3 == 0 }
        for (from, to) in pairs.map(\.element) {
            await Task.yield()
            let plan = StagePlan(from: from, to: to)
            let configs = [from] + StageName.allCases.map { plan.stage($0).config }
            for state in run(from: Model(servers: 2, reloading: reloading, from: from, to: to)) {
                guard state.operation != nil else { continue }
                for config in Set(configs) {
                    let end = run(from: state.drifting(0, to: config)).last
                    expectRight(end, to, "\(state) with \(String(describing: config))")
                    drifts += 1
                }
            }
        }
        #expect(drifts > [500, 150, 400][reloading], "\(drifts)")
    }

    @Test(
        "put back and mended again before anybody looked, found by looking at etcd once more",
        arguments: [0, 2])
    func unseen(reloading: Int) async {
        for (from, to) in Self.pairs {
            await Task.yield()
            for state in run(from: Model(servers: 2, reloading: reloading, from: from, to: to)) {
                guard state.operation?.stage == .write, state.operation?.evidence != nil else {
                    continue
                }
                var drifted = state.drifting(0, to: from)
                drifted.servers = state.servers
                // As each run does it when it resumes an operation.
                drifted.operation?.evidence = nil
                expectRight(run(from: drifted).last, to, "\(state)")
            }
        }
    }

    @Test("a config that can't be understood during an operation, refused and not overwritten")
    func unclear() {
        let from = Sample.config(Chain([.key(Sample.key("k1")), .identity]))
        for stage in [nil] + StageName.allCases.map(Optional.some) {
            let operation = Transition.Operation(
                id: "op", kind: .disable, started: Sample.time, from: from, to: nil, stage: stage)
            let nodes = [NodeObservation(node: "a", running: .unclear("torn"), isReady: true)]
            #expect(
                decide(
                    journal: Journal(operation: operation), observed: Observation(nodes: nodes),
                    goal: .converge(.plaintext)) == .refuse(.unclear(node: "a", reason: "torn")))
        }
    }
}
