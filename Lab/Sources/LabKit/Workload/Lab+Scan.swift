internal import Basics
internal import Foundation

extension Lab {
    /// Reads all that etcd holds, through the first node's member.
    public func scan() async throws -> StoredCount {
        let client = try LabClient(self, nodes[0], .etcd)
        do {
            let count = try await scan(client)
            await client.shutdown()
            return count
        } catch {
            await client.shutdown()
            throw error
        }
    }

    private func scan(_ client: LabClient) async throws -> StoredCount {
        var count = StoredCount()
        var start = Array("/registry/".utf8)
        let end = Array("/registry0".utf8)
        var revision: String?
        while true {
            var question: [String: Any] = [
                "key": Data(start).base64EncodedString(),
                "range_end": Data(end).base64EncodedString(), "limit": 100,
            ]
            // All pages at one revision, so that what is written meanwhile isn't counted twice.
            if let revision { question["revision"] = revision }
            let page = try client.decode(
                EtcdPage.self,
                from: try await client.send(
                    "POST", "/v3/kv/range",
                    body: Array(try JSONSerialization.data(withJSONObject: question))))
            revision = revision ?? page.header.revision
            for entry in page.kvs ?? [] {
                count.add(
                    key: String(decoding: entry.key, as: UTF8.self),
                    value: Array(entry.value ?? Data()))
            }
            guard page.more == true, let last = page.kvs?.last else { return count }
            start = Array(last.key) + [0]
        }
    }

    /// Reads every Secret of the lab's own through every API server, or those of some nodes.
    ///
    /// - Parameter told: the nodes whose servers are asked; else all.
    /// - Returns: what is wrong, a line each; empty when all are there with their known values.
    public func checkValues(through told: [LabNode]? = nil) async throws -> [String] {
        let expected = try Workload.read(folder: folder).items()
        let nodes = told ?? nodes
        return try await withAPIClients(of: nodes) { clients in
            var wrong: [String] = []
            for (node, client) in zip(nodes, clients) {
                let found = try await values(through: client)
                for item in expected {
                    let name = "\(item.namespace)/\(item.name)"
                    guard let value = found[name] else {
                        wrong.append("\(node.name): \(name) is missing")
                        continue
                    }
                    if value != item.value {
                        wrong.append("\(node.name): \(name) has another value")
                    }
                }
            }
            return wrong
        }
    }

    private func values(through client: LabClient) async throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        var token = ""
        repeat {
            let escaped = token.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let page = try client.decode(
                SecretPage.self,
                from: try await client.send("GET", "/api/v1/secrets?limit=100&continue=\(escaped)"))
            for item in page.items {
                let value = Array(item.data?["value"] ?? Data())
                found["\(item.metadata.namespace)/\(item.metadata.name)"] = value
            }
            token = page.metadata.continue ?? ""
        } while !token.isEmpty
        return found
    }
}

private struct EtcdPage: Decodable {
    struct Header: Decodable { let revision: String }
    struct Entry: Decodable {
        let key: Data
        let value: Data?
    }
    let header: Header
    let kvs: [Entry]?
    let more: Bool?
}

private struct SecretPage: Decodable {
    struct Metadata: Decodable { let `continue`: String? }
    struct Item: Decodable {
        struct Metadata: Decodable {
            let namespace: String
            let name: String
        }
        let metadata: Metadata
        let data: [String: Data]?
    }
    let metadata: Metadata
    let items: [Item]
}
