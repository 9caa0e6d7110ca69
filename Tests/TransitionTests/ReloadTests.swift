import EncryptionModel
import Testing

@testable import Transition

/// Which servers are given the file alone, and when.
@Suite struct ReloadTests {
    private static let old = Sample.config(Chain([.key(Sample.key("k1")), .identity]))
    private static let new = Sample.config(Chain([.key(Sample.key("k2")), .identity]))

    private static func stage(_ name: StageName) -> Stage {
        StagePlan(from: old, to: new).stage(name)
    }

    private func decision(
        _ nodes: [NodeObservation], at stage: StageName = .read, to: ProviderConfig? = new
    ) -> Decision {
        let operation = Transition.Operation(
            id: "op", kind: .change, started: Sample.time, from: Self.old, to: to, stage: stage,
            evidence: stage == .final
                ? EvidenceRecord(source: .etcd, evidence: Evidence(), at: Sample.time) : nil)
        return decide(
            journal: Journal(operation: operation), observed: Observation(nodes: nodes),
            goal: .converge(.plaintext))
    }

    private func node(
        _ name: String, _ running: NodeObservation.Running = .config(old),
        _ reloading: NodeObservation.Reloading = .available, isReady: Bool = true,
        hasLeftovers: Bool = false
    ) -> NodeObservation {
        NodeObservation(
            node: name, running: running, hasLeftovers: hasLeftovers, isReady: isReady,
            reloading: reloading)
    }

    @Test("all servers reload, one action for all; some there already, one for the rest")
    func together() {
        let read = Self.stage(.read)
        #expect(decision([node("a"), node("b")]) == .act(.reload(nodes: ["a", "b"], read)))
        let there = read.config.map { node("a", .config($0)) }
        #expect(
            decision([there, node("b")].compactMap(\.self)) == .act(.reload(nodes: ["b"], read)))
        let pushed = read.config.map { node("a", .notLoaded($0)) }
        #expect(
            decision([pushed, node("b")].compactMap(\.self))
                == .act(.reload(nodes: ["a", "b"], read)))
    }

    @Test("servers that need a restart beside them, one by one, after the others")
    func mixed() {
        let read = Self.stage(.read)
        let nodes = [node("a", .config(Self.old), .offered), node("b"), node("c")]
        #expect(decision(nodes) == .act(.reload(nodes: ["b", "c"], read)))
        let there = read.config.map { config in
            [
                nodes[0], node("b", .config(config)),
                node("c", .notLoaded(config), .unavailable),
            ]
        }
        #expect(decision(there ?? []) == .act(.rollOut(node: "a", read)))
    }

    @Test("a server that isn't ready, mended by a restart before any file is pushed")
    func notReady() {
        let nodes = [node("a"), node("b", isReady: false), node("c")]
        #expect(decision(nodes) == .act(.rollOut(node: "b", Self.stage(.read))))
    }

    @Test("what an interrupted rollout left, taken away with the next file or for itself")
    func leftovers() {
        let nodes = [node("a", hasLeftovers: true), node("b")]
        #expect(decision(nodes) == .act(.reload(nodes: ["a", "b"], Self.stage(.read))))
        let read = Self.stage(.read)
        let there = read.config.map {
            [node("a", .config($0), hasLeftovers: true), node("b", .config($0))]
        }
        #expect(decision(there ?? []) == .act(.rollOut(node: "a", read)))
    }

    @Test(
        "no argument, or no file that could be replaced, by restart",
        arguments: [NodeObservation.Running.unconfigured, .fileMissing(path: "/e.yaml")])
    func nothingLoaded(running: NodeObservation.Running) {
        #expect(decision([node("a", running)]) == .act(.rollOut(node: "a", Self.stage(.read))))
    }

    @Test("the stage without a config, by restart")
    func argumentGoes() {
        let read = StagePlan(from: Self.old, to: nil).stage(.write)
        let nodes = read.config.map { [node("a", .config($0)), node("b", .config($0))] } ?? []
        #expect(
            decision(nodes, at: .final, to: nil)
                == .act(.rollOut(node: "a", Stage(name: .final, config: nil))))
    }

    @Test("a server at the stage whatever it could do, nothing to do for it")
    func there() {
        let read = Self.stage(.read)
        let nodes = read.config.map { [node("a", .config($0)), node("b", .config($0))] } ?? []
        #expect(decision(nodes) == .act(.beginStage(Self.stage(.write))))
    }
}
