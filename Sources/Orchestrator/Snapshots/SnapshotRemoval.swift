internal import Basics
internal import ClusterFiles
internal import ControlPlane
internal import Transition

/// What `etcd snapshot-remove` removed.
public struct SnapshotRemoved: Sendable {
    public let name: String
    public let nodes: [String]
}

/// Removes a snapshot everywhere it is known of.
public struct SnapshotRemoval: Sendable {
    let ports: Ports
    let snapshots: any SnapshotPort

    public init(ports: Ports, snapshots: any SnapshotPort) {
        self.ports = ports
        self.snapshots = snapshots
    }

    /// The nodes that have it.
    ///
    /// - Throws: `Fault`: `.notFound` where neither a node nor the journal knows it; what keeps a
    ///   node from being asked.
    public func nodes(having name: String) async throws -> [String] {
        let name = try SnapshotName(name).text
        var nodes: [String] = []
        for answer in await snapshots.list()
        where try answer.result.get().contains(where: { $0.name == name }) {
            nodes.append(answer.node)
        }
        let isRecorded = try await ports.journal.load().snapshots.contains { $0.name == name }
        guard !nodes.isEmpty || isRecorded else {
            throw Fault(
                .notFound, "there is no snapshot \(name)",
                hint: "orchestrator etcd snapshot-list shows them.")
        }
        return nodes
    }

    /// The record goes last, so that no key is given up for what is still there.
    public func run(_ name: String) async throws -> SnapshotRemoved {
        let nodes = try await nodes(having: name)
        for node in nodes {
            try await snapshots.remove(name, from: node)
            try await snapshots.remove(SnapshotManifest.fileName(for: name), from: node)
        }
        var journal = try await ports.journal.load()
        journal.snapshots.removeAll { $0.name == name }
        try await ports.journal.save(journal, configs: nil)
        return SnapshotRemoved(name: name, nodes: nodes)
    }
}
