internal import Basics
internal import Foundation

/// What is done to the cluster's etcd between runs, by the etcdctl of its own containers.
struct EtcdUpkeep: Sendable {
    let cluster: BenchmarkCluster

    /// Forgets former revisions, as a kube-apiserver does every five minutes: so that none does in
    /// the midst of a run, and etcd's quota isn't reached.
    ///
    /// - Parameter shrinks: whether the files become smaller, too.
    func tidy(shrinks: Bool) throws {
        struct Answer: Decodable {
            struct Header: Decodable { let revision: Int }
            let header: Header
        }
        let json = try etcdctl(["get", "none", "--write-out", "json"], on: cluster.nodes[0])
        let revision = try JSONDecoder().decode(Answer.self, from: json).header.revision
        try etcdctl(["compact", "--physical", "\(revision)"], on: cluster.nodes[0])
        guard shrinks else { return }
        for node in cluster.nodes { try etcdctl(["defrag"], on: node) }
    }

    /// Removes all Secrets of a namespace at once, behind the API servers.
    func removeSecrets(in namespace: String) throws {
        try etcdctl(["del", "--prefix", "/registry/secrets/\(namespace)/"], on: cluster.nodes[0])
    }

    @discardableResult
    private func etcdctl(_ arguments: [String], on node: BenchmarkCluster.Node) throws -> Data {
        try cluster.run(
            ["docker", "exec", "etcd", "etcdctl", "--command-timeout", "120s"] + arguments,
            on: node)
    }
}
