import Basics
import Foundation
import LabKit

/// Reads and writes etcd behind the API servers' backs, as nobody should.
struct EtcdByHand {
    let lab: Lab

    func value(of key: String) async throws -> Data {
        struct Answer: Decodable {
            struct Entry: Decodable { let value: Data }
            let kvs: [Entry]?
        }
        let json = try await etcdctl(["get", key, "--write-out", "json"]).output
        guard let entry = try JSONDecoder().decode(Answer.self, from: Data(json)).kvs?.first else {
            throw Fault(.notFound, "etcd has no \(key)")
        }
        return entry.value
    }

    func put(_ value: Data, at key: String) async throws {
        try await etcdctl(["put", key], input: Array(value))
    }

    func delete(_ key: String) async throws {
        try await etcdctl(["del", key])
    }

    @discardableResult
    private func etcdctl(_ arguments: [String], input: [UInt8] = []) async throws -> Command.Result
    {
        let pki = lab.folder + "/pki"
        return try await Command(
            "etcdctl",
            [
                "--endpoints", "https://\(lab.nodes[0].address):2379",
                "--cacert", "\(pki)/kube-ca.pem", "--cert", "\(pki)/kube-node.pem",
                "--key", "\(pki)/kube-node-key.pem",
            ] + arguments,
            environment: ["ETCDCTL_API": "3"], input: input
        ).run()
    }
}
