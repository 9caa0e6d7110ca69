import Basics
import EncryptionModel
import Orchestrator
import Synchronization
import Transition

/// The nodes of a `FakeCluster` while a snapshot is restored: etcd with its data, former or
/// restored, on each. Whatever must never be is a fault that names it.
final class FakeRestore: RestorePort, SnapshotPort {
    enum Data { case former, restored }

    struct Node {
        var inForce = Data.former
        var prepared = false
        var former = false
        var isRunning = true
    }

    let cluster: FakeCluster
    let hash = "5eed"
    private let state: Mutex<[String: Node]>
    /// What each kind of data holds.
    private let former: [String: FakeCluster.Object]
    private let restored: [String: FakeCluster.Object]

    init(_ cluster: FakeCluster, restored: [String: FakeCluster.Object]) {
        self.cluster = cluster
        self.restored = restored
        former = cluster.with { $0.objects }
        state = Mutex(["n0": Node(), "n1": Node(), "n2": Node()])
    }

    var data: [String: Node] { state.withLock(\.self) }

    var etcdNodes: [String] { ["n0", "n1", "n2"] }
    var controlPlaneNodes: [String] { cluster.nodes.map(\.name) }
    var nodes: [(name: String, address: String)] { cluster.nodes }

    private func change(
        _ what: String, _ node: String,
        _ body: (inout Node, [String: Node], FakeCluster.State) throws -> Void
    ) throws {
        cluster.with { $0.lease.isHeld = true }
        defer { cluster.with { $0.lease.isHeld = false } }
        try cluster.effect("\(what) \(node)") { world in
            let world = world
            try state.withLock { nodes in
                try body(&nodes[node, default: Node()], nodes, world)
            }
        }
    }

    private static func unsafe(_ what: String) -> Fault { Fault(.failed, "UNSAFE: \(what)") }

    func members() async throws -> [RestoreMember] {
        etcdNodes.map {
            RestoreMember(
                node: $0, name: $0, peerURLs: "https://\($0):2380", members: Set(etcdNodes),
                freeSpace: 1 << 40)
        }
    }

    func etcdVersion() async -> String? { "3.5.9" }

    func prepare(_ snapshot: String, id: String, cluster: String, on node: String) async throws {
        try change("prepare", node) { this, _, _ in
            if this.inForce == .former, !this.former { this.prepared = true }
        }
    }

    func stopAPIServer(on node: String) async throws {
        try change("stop server", node) { _, _, _ in }
        cluster.with { state in
            guard let index = Int(node.dropFirst()) else { return }
            state.servers[index].isReady = false
            if !state.servers.contains(where: \.isReady) { state.isDown = true }
        }
    }

    func stopEtcd(on node: String) async throws {
        try change("stop etcd", node) { this, _, _ in this.isRunning = false }
    }

    func startEtcd(on node: String) async throws {
        try change("start etcd", node) { this, nodes, _ in
            guard Set(nodes.values.map(\.inForce)).count == 1 else {
                throw Self.unsafe("etcd starts with former and restored data at a time")
            }
            this.isRunning = true
        }
    }

    func swap(id: String, on node: String) async throws {
        try change("swap", node) { this, nodes, world in
            guard !nodes.values.contains(where: \.isRunning),
                !world.servers.contains(where: \.isReady)
            else { throw Self.unsafe("data is changed over under what runs") }
            guard this.prepared else { return }
            (this.inForce, this.former, this.prepared) = (.restored, true, false)
        }
    }

    func putBack(id: String, on node: String) async throws {
        try change("put back", node) { this, _, _ in
            guard this.former == false || !this.isRunning else {
                throw Self.unsafe("data is put back under what runs")
            }
            (this.inForce, this.former, this.prepared) = (.former, false, false)
        }
    }

    func discardFormer(id: String, on node: String) async throws {
        try change("discard", node) { this, _, _ in
            guard this.inForce == .restored else { throw Self.unsafe("the data in force goes") }
            this.former = false
        }
    }

    func waitUntilHealthy() async throws {
        let nodes = data
        guard nodes.values.allSatisfy(\.isRunning), Set(nodes.values.map(\.inForce)).count == 1
        else { throw Fault(.timedOut, "etcd doesn't serve") }
        let holds = nodes["n0"]?.inForce == .restored ? restored : former
        cluster.with { $0.objects = holds }
    }

    // MARK: Snapshots

    func etcdPrefix() async throws -> String { "/registry" }

    func take(
        into file: @Sendable () throws -> NewFile, progress: @escaping @Sendable (Double) -> Void
    ) async throws -> NewFile { throw Fault(.failed, "not scripted") }

    func list() async -> [NodeAnswer<[SnapshotFile]>] {
        nodes.map { NodeAnswer(node: $0.name, result: .success([])) }
    }

    func hashes(of file: String) async -> [NodeAnswer<String?>] {
        nodes.map { NodeAnswer(node: $0.name, result: .success(hash)) }
    }

    func put(
        _ local: SeekableFile, as file: String, hash: String, on node: String,
        progress: @escaping @Sendable (Double) -> Void
    ) async throws { throw Fault(.failed, "not scripted") }

    func get(
        _ file: String, from node: String, into local: NewFile,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws { throw Fault(.failed, "not scripted") }

    func remove(_ file: String, from node: String) async throws {
        throw Fault(.failed, "not scripted")
    }
}
