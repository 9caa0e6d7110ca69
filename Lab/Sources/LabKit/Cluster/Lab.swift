internal import Basics
internal import Foundation

/// A cluster on this machine, of real parts: OpenSSH, etcd, kube-apiserver, and the Docker Engine
/// or a stand-in for the kubelet.
public struct Lab: Sendable {
    public let options: LabOptions
    public let nodes: [LabNode]
    let network: Network
    let authority: Authority

    /// The folder that holds everything of the lab, absolute.
    public var folder: String { options.folder }
    public var clusterFile: String { folder + "/cluster.yml" }
    public var knownHosts: String { folder + "/known_hosts" }
    public var sshKey: String { folder + "/" + UserFiles.sshKey }

    init(options: LabOptions, index: Int) {
        self.options = options
        network = Network(index: index)
        nodes = (1...max(1, options.nodes)).map {
            LabNode(
                number: $0, labIndex: index, folder: "\(options.folder)/nodes/\($0)",
                runtime: options.runtime.of(node: $0))
        }
        authority = Authority(folder: options.folder + "/pki", nodes: nodes)
    }

    /// The lab that `up` made in the folder.
    public static func existing(folder: String) throws -> Lab {
        guard let record = try LabRecord.read(folder: folder) else {
            throw Fault(
                .notFound, "there is no lab in \(folder)", hint: "start one with lab up")
        }
        guard record.isUp else {
            throw Fault(
                .failed, "the lab in \(folder) never came up whole",
                hint: "end it with lab down, then lab up again")
        }
        return Lab(options: record.options, index: record.index)
    }

    /// The node with that number (`2`), name (`node2`) or address.
    public func node(_ told: String) throws -> LabNode {
        let node = nodes.first { ["\($0.number)", $0.name, $0.address].contains(told) }
        guard let node else {
            throw Fault(
                .notFound, "there is no node \(told)",
                hint: "there are \(nodes.map(\.name).joined(separator: ", "))")
        }
        return node
    }

    /// Takes the node off the network, or puts it back; what runs on it goes on.
    public func setConnected(_ node: LabNode, _ isConnected: Bool) async throws {
        try await network.setConnected(node, isConnected)
    }

    /// Writes `cluster.yml` anew, with another wish for encryption.
    public func setWanted(encryption: LabOptions.Encryption) async throws {
        let version = try await KubernetesVersion.of(options)
        try UserFiles(options: options, nodes: nodes, authority: authority, version: version)
            .writeClusterFile(encryption: encryption)
    }

    /// Asks a server of the node over TLS with the administrator's certificate (for etcd, with
    /// the API servers'): the status and the body.
    func ask(_ node: LabNode, port: Int, path: String) async throws -> (status: Int, body: String) {
        let isEtcd = port != node.apiServerPort
        let client = isEtcd ? authority.etcdClient : "kube-admin"
        let issuer = isEtcd ? authority.etcdAuthority : "kube-ca"
        let answer = try await Command(
            "curl",
            [
                "--silent", "--show-error", "--max-time", "3",
                "--cacert", authority.certificatePath(issuer),
                "--cert", authority.certificatePath(client), "--key", authority.keyPath(client),
                "--write-out", "\n%{http_code}", "https://\(node.address):\(port)\(path)",
            ]
        ).run().text
        let split = answer.lastIndex(of: "\n") ?? answer.startIndex
        return (Int(answer[split...].dropFirst()) ?? 0, String(answer[..<split]))
    }
}
