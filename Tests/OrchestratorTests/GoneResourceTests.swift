import Basics
import EncryptionModel
import Orchestrator
import Testing
import Transition

/// Resources whose definition is deleted while an operation stands, or that a restored cluster
/// doesn't have yet.
@Suite struct GoneResourceTests {
    private let widgets = GroupResource(resource: "widgets", group: "example.com")

    private func wanted() throws -> Wanted {
        let key = try LocalKey.generate(provider: .aescbc, name: "mine")
        return .custom(
            ProviderConfig(rules: [
                .init(
                    resources: [.secrets, ResourcePattern(widgets)],
                    chain: Chain([.key(key), .identity]))
            ]))
    }

    /// Enables it, and lets the resource go at the moment that `isThen` tells.
    private func enable(
        _ cluster: FakeCluster, goneAt isThen: @escaping @Sendable (Event) -> Bool
    ) async throws -> WorkflowReport {
        let widgets = widgets
        return try await Workflow(ports: cluster.ports, grace: .zero) { event in
            if isThen(event) { cluster.with { $0.unserved = [widgets] } }
        }.run(.converge(try wanted()))
    }

    @Test("gone between watermark and rewrite, left out; all else is rewritten and proven")
    func goneBeforeItsTurn() async throws {
        let cluster = FakeCluster()
        let report = try await enable(cluster) { if case .rewrote = $0 { true } else { false } }
        let operation = try #require(report.operations.first)
        #expect(operation.rewrites.map(\.resource) == [.secrets])
        #expect(operation.evidence != nil && cluster.with { $0.saved.operation } == nil)
    }

    @Test("gone before its watermark, left out")
    func goneBeforeWatermark() async throws {
        let cluster = FakeCluster()
        let report = try await enable(cluster) {
            if case .stageBegan(.write, _, _) = $0 { true } else { false }
        }
        #expect(report.operations.first?.rewrites.map(\.resource) == [.secrets])
    }

    @Test("not served while something of it is stored, a fault, and the operation stands")
    func stored() async throws {
        let cluster = FakeCluster()
        let widgets = widgets
        cluster.with { $0.besides = [widgets: 2] }
        let fault = await #expect(throws: Fault.self) {
            try await enable(cluster) { if case .rewrote = $0 { true } else { false } }
        }
        #expect(fault?.message.contains("widgets.example.com") == true)
        #expect(cluster.with { $0.saved.operation?.watermarks?[widgets] } != nil)
    }
}
