internal import Basics
internal import ControlPlane
internal import Crypto

/// Snapshots through etcd's own API, kept on the etcd nodes by SSH.
struct LiveSnapshots: SnapshotPort {
    private let live: [LiveNode]
    private let etcd: EtcdAccess
    let nodes: [(name: String, address: String)]

    init(_ nodes: [LiveNode], etcd: EtcdAccess) {
        live = nodes
        self.etcd = etcd
        self.nodes = nodes.map { ($0.name, $0.address) }
    }

    func etcdPrefix() async throws -> String { try await etcd.anyMember { $0.prefix } }

    func take(
        into file: @Sendable () throws -> NewFile, progress: @escaping @Sendable (Double) -> Void
    ) async throws -> NewFile {
        try await etcd.anyMember { member in
            let file = try file()
            // A member without a leader may be behind.
            try await member.reader().checkQuorum()
            try await member.maintenance().snapshot(into: file, progress: progress)
            return file
        }
    }

    func list() async -> [NodeAnswer<[SnapshotFile]>] {
        await everyNode { node in
            try await node.link().snapshots.list().map {
                SnapshotFile(name: $0.file, size: $0.size, modified: $0.modified)
            }
        }
    }

    func hashes(of file: String) async -> [NodeAnswer<String?>] {
        await everyNode { try await $0.link().snapshots.hash(of: file) }
    }

    func put(
        _ local: SeekableFile, as file: String, hash: String, on node: String,
        progress: @escaping @Sendable (Double) -> Void
    ) async throws {
        try await onNode(node) { live in
            try await live.link().snapshots.put(local, as: file, hash: hash) {
                progress(Double($0) / Double(max(1, local.size)))
            }
        }
    }

    func get(
        _ file: String, from node: String, into local: NewFile,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws {
        try await onNode(node) {
            let folder = try await $0.link().snapshots
            try await folder.get(file, into: local, progress: progress)
            let copy = try local.reopened()
            let hash = try await OwnThread.result(named: "hash") { _ in
                try SHA256.digest(of: copy).hex
            }
            guard try await folder.hash(of: file) == hash else {
                throw Fault(
                    .discrepancy, "\(file) didn't arrive as it is on the node",
                    hint: "Run it again. Does somebody write it at this moment?")
            }
        }
    }

    func remove(_ file: String, from node: String) async throws {
        try await onNode(node) { try await $0.link().snapshots.remove(file) }
    }

    private func onNode(_ name: String, _ body: (LiveNode) async throws -> Void) async throws {
        guard let node = live.first(where: { $0.name == name }) else {
            throw Fault(.notFound, "cluster.yml has no etcd node \(name)")
        }
        do { try await body(node) } catch { throw Fault(error).on(node: name) }
    }

    /// All side by side, in the order of cluster.yml.
    private func everyNode<Answer: Sendable>(
        _ ask: @escaping @Sendable (LiveNode) async throws -> Answer
    ) async -> [NodeAnswer<Answer>] {
        await withTaskGroup(of: (Int, NodeAnswer<Answer>).self) { group in
            for (index, node) in live.enumerated() {
                group.addTask {
                    do {
                        let answer = try await node.looking(ask)
                        return (index, NodeAnswer(node: node.name, result: .success(answer)))
                    } catch {
                        let fault = Fault(error).on(node: node.name)
                        return (index, NodeAnswer(node: node.name, result: .failure(fault)))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
                .sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
