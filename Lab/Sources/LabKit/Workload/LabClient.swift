internal import Basics
internal import Foundation
internal import HTTP

/// Speaks to one server of the lab over TLS with a certificate of the lab's.
package struct LabClient: Sendable {
    private let http: HTTPClient
    private let base: String

    /// Of the node's etcd, or of its API server as the administrator.
    init(_ lab: Lab, _ node: LabNode, _ component: Component) throws {
        let authority = lab.authority
        let isEtcd = component == .etcd
        let port = isEtcd ? 2379 : node.apiServerPort
        let certificate = isEtcd ? authority.etcdClient : "kube-admin"
        let issuer = isEtcd ? authority.etcdAuthority : "kube-ca"
        http = try HTTPClient(
            HTTPClientConfiguration(
                trust: .authorities(
                    pem: Array(try Files.read(authority.certificatePath(issuer)).utf8)),
                identity: .init(
                    certificatePEM: Array(
                        try Files.read(authority.certificatePath(certificate)).utf8),
                    keyPEM: SecretBytes(
                        copying: Array(try Files.read(authority.keyPath(certificate)).utf8))),
                proxy: .none, userAgent: "lab"))
        base = "https://\(node.address):\(port)"
    }

    /// Sends JSON and takes the answer; a status that isn't among `accepted` is a `Fault`.
    @discardableResult
    package func send(
        _ method: String, _ path: String, body: [UInt8]? = nil, type: String = "application/json",
        accepting accepted: Set<Int> = [200]
    ) async throws -> [UInt8] {
        let answer = try await http.send(
            HTTPRequest(
                method, base + path, headers: [("Content-Type", type)],
                body: body.map { SecretBytes(copying: $0) }),
            limit: 256 << 20)
        guard accepted.contains(answer.status) else {
            throw Fault(
                .remote,
                "\(method) \(base)\(path): \(answer.status): "
                    + String(decoding: answer.body.prefix(1000), as: UTF8.self))
        }
        return answer.body
    }

    package func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        do { return try JSONDecoder().decode(type, from: Data(bytes)) } catch {
            throw Fault(.remote, "\(base) answered with JSON of another shape", cause: error)
        }
    }

    func shutdown() async { await http.shutdown() }
}

extension Lab {
    /// Lends clients of the API servers, in the order of the nodes.
    ///
    /// - Parameter told: else all.
    package func withAPIClients<Result: Sendable>(
        of told: [LabNode]? = nil,
        _ body: @Sendable ([LabClient]) async throws -> Result
    ) async throws -> Result {
        let clients = try (told ?? nodes).map {
            try LabClient(self, $0, .apiServer)
        }
        do {
            let result = try await body(clients)
            for client in clients { await client.shutdown() }
            return result
        } catch {
            for client in clients { await client.shutdown() }
            throw error
        }
    }
}

extension Lab {
    /// Sends JSON to the first API server as kube-admin and takes the answer; a status that isn't
    /// among `accepted` is a `Fault`.
    @discardableResult
    public func api(
        _ method: String, _ path: String, _ body: String? = nil,
        type: String = "application/json", accepting accepted: Set<Int> = [200, 201]
    ) async throws -> [UInt8] {
        try await withAPIClients { clients in
            try await clients[0].send(
                method, path, body: body.map { Array($0.utf8) }, type: type, accepting: accepted)
        }
    }
}
