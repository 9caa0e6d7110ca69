internal import Basics
internal import Foundation

/// What is done to the cluster's etcd between runs, by the etcdctl of its own containers.
struct EtcdUpkeep: Sendable {
    let cluster: BenchmarkCluster

    /// Of the 2 GiB that etcd holds by default.
    private static let muchData = 1 << 30

    /// Forgets former revisions, as a kube-apiserver does every five minutes: so that none does in
    /// the midst of a run.
    ///
    /// The files are made smaller only where etcd's quota is near: in one that was, every run has
    /// to make it grow again, which costs etcd, and would tell few objects from many.
    func tidy() throws {
        struct Answer: Decodable {
            struct Status: Decodable {
                struct Header: Decodable { let revision: Int }
                let header: Header
                let dbSize: Int
            }
            let status: Status

            enum CodingKeys: String, CodingKey { case status = "Status" }
        }
        let json = try etcdctl(
            ["endpoint", "status", "--write-out", "json"], on: cluster.nodes[0])
        guard let status = try JSONDecoder().decode([Answer].self, from: json).first?.status else {
            throw Fault(.remote, "etcdctl endpoint status tells of no etcd")
        }
        try etcdctl(
            ["compact", "--physical", "\(status.header.revision)"], on: cluster.nodes[0])
        guard status.dbSize > Self.muchData else { return }
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
