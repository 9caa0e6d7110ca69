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

    /// Has etcd forget all revisions but the present one.
    package func compact() async throws {
        struct Answer: Decodable {
            struct Header: Decodable { let revision: Int }
            let header: Header
        }
        let json = try await etcdctl(["get", "none", "--write-out", "json"]).output
        let revision = try JSONDecoder().decode(Answer.self, from: Data(json)).header.revision
        try await etcdctl(["compact", "--physical", "\(revision)"])
    }

    @discardableResult
    private func etcdctl(_ arguments: [String], input: [UInt8] = []) async throws -> Command.Result
    {
        let access = lab.etcdAccess
        return try await Command(
            "etcdctl",
            [
                "--endpoints", "https://\(lab.nodes[0].address):2379",
                "--cacert", access.authority, "--cert", access.certificate, "--key", access.key,
            ] + arguments,
            environment: ["ETCDCTL_API": "3"], input: input
        ).run()
    }
}
