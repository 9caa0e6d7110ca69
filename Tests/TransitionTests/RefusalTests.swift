import EncryptionModel
import Testing

@testable import Transition

@Suite struct RefusalTests {
    private let k1 = Sample.key("k1")
    private var encrypted: ProviderConfig { Sample.config(Chain([.key(k1), .identity])) }

    private func node(
        _ name: String, _ running: NodeObservation.Running = .unconfigured, ready: Bool = true
    ) -> NodeObservation {
        NodeObservation(node: name, running: running, isReady: ready)
    }

    private func decideOn(
        _ nodes: [NodeObservation], stored: Evidence? = Evidence(),
        operation: Transition.Operation? = nil,
        goal: Goal = .converge(Sample.managed)
    ) -> Decision {
        decide(
            journal: Journal(operation: operation),
            observed: Observation(
                nodes: nodes,
                stored: stored.map { .seen($0, of: [.secrets]) } ?? .notInspected), goal: goal)
    }

    @Test("no control-plane node, refused")
    func noNodes() {
        #expect(decideOn([]) == .refuse(.noControlPlane))
    }

    @Test("a server that isn't ready before anything was begun, refused and named")
    func notReady() {
        #expect(
            decideOn([node("a"), node("b", ready: false)]) == .refuse(.notReady(nodes: ["b"])))
    }

    @Test("nodes with different configs, refused with all of them")
    func disagreement() {
        let nodes = [node("a"), node("b", .config(encrypted))]
        #expect(decideOn(nodes) == .refuse(.nodesDisagree(nodes)))
    }

    @Test("a server whose config can't be told, refused with the reason")
    func unclear() {
        #expect(
            decideOn([node("a", .unclear("no file"))])
                == .refuse(.unclear(node: "a", reason: "no file")))
        #expect(
            decideOn([node("a", .notLoaded(encrypted))]) == .refuse(.notLoaded(node: "a")))
    }

    @Test("values under an unknown key, no key is made and the values are named")
    func unknownKey() {
        let stored = Evidence(counts: [
            .secrets: [.encrypted(prefix: "k8s:enc:aescbc:v1:lost:"): 3, .plaintext: 2]
        ])
        #expect(
            decideOn([node("a")], stored: stored)
                == .refuse(
                    .unreadable([.secrets: [.encrypted(prefix: "k8s:enc:aescbc:v1:lost:"): 3]])))
    }

    @Test("an unused provider config on a node that shall be plain, left alone")
    func abandonedFile() {
        let node = NodeObservation(
            node: "a", running: .unconfigured, hasAbandonedFile: true, isReady: true)
        #expect(decideOn([node], goal: .converge(.plaintext)) == .done)
    }

    @Test("leftovers of a killed rollout on a node at its stage, brought there again")
    func leftovers() {
        var operation = Transition.Operation(
            id: "op", kind: .enable, started: Sample.time, from: nil, to: encrypted)
        operation.stage = .write
        let left = NodeObservation(
            node: "b", running: .config(encrypted), hasLeftovers: true, isReady: true)
        let stage = Stage(name: .write, config: encrypted)
        #expect(
            decideOn([node("a", .config(encrypted)), left], operation: operation)
                == .act(.rollOut(node: "b", stage)))
    }

    @Test("etcd not looked at yet, looked at before anything is begun")
    func looksFirst() {
        #expect(decideOn([node("a")], stored: nil) == .act(.inspectStored([.secrets])))
    }

    @Test("rotation without encryption, refused")
    func rotationWithoutEncryption() {
        #expect(
            decideOn([node("a")], goal: .rotateKey(configured: Sample.managed))
                == .refuse(.nothingToRotate(deployed: nil)))
        #expect(
            decideOn([node("a", .config(encrypted))], goal: .rotateKey(configured: .plaintext))
                == .refuse(.rotationNotConfigured))
    }

    private static let configmaps = ResourcePattern("configmaps")

    /// Of Secrets and ConfigMaps under a plugin to something that sets them apart.
    private func leaving(
        _ plugin: KMSPlugin, for wanted: Wanted, reloading: NodeObservation.Reloading = .unavailable
    ) -> Decision {
        let deployed = Sample.config(
            Chain([.kms(plugin), .identity]), for: [.secrets, Self.configmaps])
        return decide(
            journal: Journal(),
            observed: Observation(
                nodes: [
                    NodeObservation(
                        node: "a", running: .config(deployed), isReady: true, reloading: reloading)
                ],
                stored: .seen(Evidence(), of: [.secrets, Self.configmaps])),
            goal: .converge(wanted))
    }

    @Test(
        "a KMS plugin that would stand in two rules on the way to a key still to be made, refused")
    func tornOnTheWay() {
        let (v2, v1) = (
            KMSPlugin(version: .v2, name: "kms", endpoint: "unix:///k"),
            KMSPlugin(version: .v1, name: "kms", endpoint: "unix:///k")
        )
        let refused = Decision.refuse(
            .pluginTorn(v2, patterns: [.secrets, Self.configmaps]))
        #expect(leaving(v2, for: Sample.managed) == refused)
        // Two of v1 may have one name, but not where the file is loaded anew.
        if case .refuse = leaving(v1, for: Sample.managed) { Issue.record("v1 is refused") }
        guard case .refuse(.pluginTorn) = leaving(v1, for: Sample.managed, reloading: .available)
        else {
            Issue.record("v1 isn't refused on a server that reloads")
            return
        }
        // All of it to one place keeps it whole.
        if case .refuse = leaving(v2, for: .plaintext) { Issue.record("the way out is refused") }
    }

    @Test("rotation while an enabling is unfinished, refused with the operation")
    func rotationWhileUnfinished() {
        let operation = Transition.Operation(
            id: "1", kind: .enable, started: Sample.time, from: nil, to: encrypted)
        #expect(
            decideOn(
                [node("a")], operation: operation, goal: .rotateKey(configured: Sample.managed))
                == .refuse(.unfinished(operation)))
    }

    @Test("a node with a key of somebody else in the middle of an operation, refused")
    func foreignKey() {
        let foreign = Sample.key("foreign")
        let operation = Transition.Operation(
            id: "1", kind: .enable, started: Sample.time, from: nil, to: encrypted, stage: .read)
        for running in [
            NodeObservation.Running.config(Sample.config(Chain([.key(foreign)]))),
            .notLoaded(Sample.config(Chain([.key(foreign)]))),
        ] {
            #expect(
                decideOn([node("a"), node("b", running)], operation: operation)
                    == .refuse(.foreignConfig(node: "b", keys: [foreign])))
        }
    }

    @Test("something still plain after the rewrite, the old entry stays")
    func notProven() {
        var operation = Transition.Operation(
            id: "1", kind: .disable, started: Sample.time, from: encrypted, to: nil, stage: .write,
            watermarks: [.secrets: ResourceVersion("5")].compactMapValues(\.self),
            rewrites: [
                RewriteRecord(
                    resource: .secrets, objects: 1, rewritten: 1, skipped: 0, failed: [],
                    finished: Sample.time)
            ])
        let wrong: [GroupResource: [StoredForm: Int]] = [
            .secrets: [ProviderEntry.key(k1).storedForm: 1]
        ]
        operation.evidence = EvidenceRecord(
            source: .etcd, evidence: Evidence(counts: wrong), at: Sample.time)
        let write = StagePlan(from: encrypted, to: nil).stage(.write)
        let nodes = write.config.map { [node("a", .config($0))] } ?? []
        #expect(
            decideOn(nodes, operation: operation, goal: .converge(.plaintext))
                == .refuse(.notProven(wrong)))
    }

    @Test("an object that could not be rewritten, rewritten again before anything else")
    func failedRewrite() throws {
        let watermark = try #require(ResourceVersion("5"))
        let operation = Transition.Operation(
            id: "1", kind: .disable, started: Sample.time, from: encrypted, to: nil, stage: .write,
            watermarks: [.secrets: watermark],
            rewrites: [
                RewriteRecord(
                    resource: .secrets, objects: 1, rewritten: 0, skipped: 0,
                    failed: [RewriteFailure(object: "default/a", reason: "no")],
                    finished: Sample.time)
            ])
        let write = try #require(StagePlan(from: encrypted, to: nil).stage(.write).config)
        #expect(
            decideOn([node("a", .config(write))], operation: operation)
                == .act(.rewrite(.secrets, above: watermark)))
    }

    @Test("a server down in the middle of a rollout, it comes before any other is restarted")
    func brokenFirst() throws {
        let operation = Transition.Operation(
            id: "1", kind: .enable, started: Sample.time, from: nil, to: encrypted, stage: .read)
        let stage = StagePlan(from: nil, to: encrypted).stage(.read)
        let config = try #require(stage.config)
        #expect(
            decideOn(
                [node("a"), node("b", .config(config), ready: false), node("c")],
                operation: operation)
                == .act(.rollOut(node: "b", stage)))
        #expect(
            decideOn(
                [node("a", ready: false), node("b"), node("c", ready: false)], operation: operation)
                == .act(.rollOut(node: "a", stage)))
    }
}
