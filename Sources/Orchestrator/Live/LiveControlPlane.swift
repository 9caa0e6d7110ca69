internal import Basics
internal import ClusterFiles
internal import EncryptionModel

/// The control-plane nodes, over SSH and their API servers.
struct LiveControlPlane: ControlPlanePort {
    private let live: [LiveNode]
    /// Where the user's config stands; nil where he has written none.
    private let places: ConfigPlaces?
    let nodes: [(name: String, address: String)]

    init(_ nodes: [LiveNode], places: ConfigPlaces?) {
        live = nodes
        self.places = places
        self.nodes = nodes.map { ($0.name, $0.address) }
    }

    func look() async -> [NodeLook] {
        await withTaskGroup(of: (Int, NodeLook).self) { group in
            for (index, node) in live.enumerated() {
                group.addTask {
                    do {
                        let sight = try await node.looking {
                            try await NodeSighting(of: $0).sight()
                        }
                        return (
                            index,
                            NodeLook(
                                node: node.name, address: node.address, result: .success(sight))
                        )
                    } catch {
                        let fault = Fault(error).on(node: node.name)
                        return (
                            index,
                            NodeLook(
                                node: node.name, address: node.address, result: .failure(fault))
                        )
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
                .sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    func preflight(_ config: ProviderConfig) async throws {
        let failures = await withTaskGroup(of: (Int, Fault)?.self) { group in
            for (index, node) in live.enumerated() {
                group.addTask {
                    do {
                        try await Preflight(of: node, places: places).check(config)
                        return nil
                    } catch {
                        return (index, Fault(error))
                    }
                }
            }
            return await group.reduce(into: [(Int, Fault)]()) { all, failure in
                if let failure { all.append(failure) }
            }
        }
        // The first node's, whoever was faster.
        if let first = failures.min(by: { $0.0 < $1.0 }) { throw first.1 }
    }

    func bring(_ node: String, to config: ProviderConfig?) async throws -> RolloutResult {
        try await onNode(node) { try await NodeRollout(of: $0).bring(to: config) }
    }

    func reload(_ node: String, to config: ProviderConfig) async throws -> RolloutResult? {
        try await onNode(node) { try await NodeRollout(of: $0).reload(to: config) }
    }

    private func onNode<Result>(
        _ name: String, _ body: (LiveNode) async throws -> Result
    ) async throws -> Result {
        guard let node = live.first(where: { $0.name == name }) else {
            throw Fault(.notFound, "cluster.yml has no control-plane node \(name)")
        }
        do { return try await body(node) } catch { throw Fault(error).on(node: name) }
    }
}
