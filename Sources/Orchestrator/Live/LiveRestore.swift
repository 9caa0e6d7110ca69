internal import Basics
internal import ControlPlane
internal import Etcd

/// etcd and the API servers of a cluster whose components run in Docker, while a snapshot is
/// restored.
struct LiveRestore: RestorePort {
    private let etcdLive: [LiveNode]
    private let servers: [LiveNode]
    private let etcd: EtcdAccess

    init(etcd nodes: [LiveNode], servers: [LiveNode], access: EtcdAccess) {
        etcdLive = nodes
        self.servers = servers
        etcd = access
    }

    var etcdNodes: [String] { etcdLive.map(\.name) }
    var controlPlaneNodes: [String] { servers.map(\.name) }

    func members() async throws -> [RestoreMember] {
        var members: [RestoreMember] = []
        for node in etcdLive {
            members.append(
                try await onNode(node.name, of: etcdLive) { link in
                    let config = try await link.etcd.config()
                    let data = EtcdData(of: try link.etcd, config, restore: "0")
                    return RestoreMember(
                        node: node.name, name: config.name, peerURLs: config.peerURLs,
                        members: config.members, freeSpace: try await data.freeSpace())
                })
        }
        return members
    }

    func etcdVersion() async -> String? {
        try? await etcd.anyMember { try await $0.reader().status().version }
    }

    func prepare(
        _ snapshot: String, id: String, cluster: String, on node: String
    ) async throws {
        try await onData(id, node) { data in
            // Another cluster to every member of the former one: should one of those start again
            // with its old data, the others won't have it.
            try await data.prepare(
                snapshot: snapshot, cluster: cluster, token: "orchestrator-\(id)")
        }
    }

    func stopAPIServer(on node: String) async throws {
        try await onNode(node, of: servers) { try await $0.node.runtime.stop() }
    }

    func stopEtcd(on node: String) async throws {
        try await onNode(node, of: etcdLive) { try await $0.etcd.stop() }
    }

    func startEtcd(on node: String) async throws {
        try await onNode(node, of: etcdLive) { try await $0.etcd.start() }
    }

    func swap(id: String, on node: String) async throws {
        try await onData(id, node) { try await $0.swap() }
    }

    func putBack(id: String, on node: String) async throws {
        try await onData(id, node) { try await $0.putBack() }
    }

    func discardFormer(id: String, on node: String) async throws {
        try await onData(id, node) { try await $0.discardFormer() }
    }

    func waitUntilHealthy() async throws {
        do { try await etcd.waitUntilHealthy(members: etcdLive.count) } catch {
            try Task.checkCancellation()
            throw await withLastWords(Fault(error))
        }
    }

    private func withLastWords(_ fault: Fault) async -> Fault {
        var words = ""
        for node in etcdLive {
            if let said = try? await node.link().etcd.lastWords() {
                words += "\n  \(node.name): \(said)"
            }
        }
        return Fault(
            fault.code, fault.message + words, hint: fault.hint, node: fault.node, cause: fault)
    }

    private func onData(
        _ id: String, _ node: String, _ body: (EtcdData) async throws -> Void
    ) async throws {
        try await onNode(node, of: etcdLive) { link in
            try await body(EtcdData(of: try link.etcd, try await link.etcd.config(), restore: id))
        }
    }

    private func onNode<Success>(
        _ name: String, of nodes: [LiveNode], _ body: (NodeLink) async throws -> Success
    ) async throws -> Success {
        guard let node = nodes.first(where: { $0.name == name }) else {
            throw Fault(.notFound, "cluster.yml has no such node \(name)")
        }
        do { return try await body(try await node.link()) } catch {
            throw Fault(error).on(node: name)
        }
    }
}
