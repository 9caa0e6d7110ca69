internal import Basics
internal import Foundation

/// What is seen of one node.
public struct NodeStatus: Sendable {
    public let node: LabNode
    /// The first process, by the host's count; nil when it's gone.
    public let process: Int32?
    public let sshAnswers: Bool
    /// Whether what runs the containers does: the Docker Engine answers, or there is a kubelet.
    public let engineAnswers: Bool
    /// What etcd's `/health` says.
    public let etcd: String
    /// What kube-apiserver's `/readyz` says.
    public let apiServer: String
    /// The running kube-apiserver's own argument, or nil when it has none.
    public let encryptionArgument: String?
}

extension Lab {
    /// Whether the node's kube-apiserver says that it's ready.
    public func isReady(_ node: LabNode) async throws -> Bool {
        await told(node, port: node.apiServerPort, path: "/readyz") == "ok"
    }

    /// Looks at every node, side by side.
    public func status() async throws -> [NodeStatus] {
        try await withThrowingTaskGroup(of: NodeStatus.self) { group in
            for node in nodes { group.addTask { await status(of: node) } }
            return try await group.reduce(into: []) { $0.append($1) }
                .sorted { $0.node.number < $1.node.number }
        }
    }

    private func status(of node: LabNode) async -> NodeStatus {
        let process = (try? node.process()).flatMap { kill($0, 0) == 0 ? $0 : nil }
        return NodeStatus(
            node: node, process: process, sshAnswers: await sshAnswers(node),
            engineAnswers: (try? await engineAnswers(node)) ?? false,
            etcd: await told(node, port: 2379, path: "/health"),
            apiServer: await told(node, port: node.apiServerPort, path: "/readyz"),
            encryptionArgument: await encryptionArgument(node))
    }

    private func engineAnswers(_ node: LabNode) async throws -> Bool {
        guard node.runtime.isStaticPods else { return try await node.engine().isReady() }
        return try await node.command(["pgrep", "-x", "kubelet"]).result().status == 0
    }

    private func sshAnswers(_ node: LabNode) async -> Bool {
        let keys = try? await Command("ssh-keyscan", ["-T", "2", "-t", "ed25519", node.address])
            .result().text
        return keys?.contains("ssh-ed25519") ?? false
    }

    private func told(_ node: LabNode, port: Int, path: String) async -> String {
        do { return try await ask(node, port: port, path: path).body } catch {
            return "no answer"
        }
    }

    /// From the process itself, since a container's description tells only what was wanted.
    private func encryptionArgument(_ node: LabNode) async -> String? {
        let lines = try? await node.command(
            ["sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'"]
        ).result().text
        return lines?.split(separator: "\n")
            .first { $0.hasPrefix("--encryption-provider-config=") }.map(String.init)
    }
}
