internal import Basics
package import Foundation
package import LabKit

/// Reads and writes etcd behind the API servers' backs, as nobody should.
package struct EtcdByHand {
    private let lab: Lab

    package init(lab: Lab) { self.lab = lab }

    package func value(of key: String) async throws -> Data {
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

    package func put(_ value: Data, at key: String) async throws {
        try await etcdctl(["put", key], input: Array(value))
    }

    package func delete(_ key: String) async throws {
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
