internal import Basics
internal import ControlPlane
internal import Etcd
internal import HTTP

/// The members of etcd, reached as kube-apiserver reaches them, by its own arguments and
/// certificates, through the SSH connection to a control-plane node.
struct EtcdAccess: Sendable {
    let nodes: [LiveNode]

    /// One member, with what leads to it.
    struct Member: Sendable {
        /// The node through which it is reached.
        let node: String
        let endpoint: String
        let credentials: EtcdCredentials
        let link: NodeLink

        var prefix: String { credentials.prefix }

        func reader() throws -> EtcdReader {
            EtcdReader(exchanger: try client(quietFor: .seconds(60)), baseURL: endpoint)
        }

        /// A large database takes minutes to be written anew, during which nothing arrives.
        func maintenance() throws -> EtcdMaintenance {
            EtcdMaintenance(exchanger: try client(quietFor: .seconds(1800)), baseURL: endpoint)
        }

        private func client(quietFor idle: Duration) throws -> HTTPClient {
            var configuration = HTTPClientConfiguration(
                trust: credentials.authorities.map { .authorities(pem: $0.exposedBytes()) }
                    ?? .system,
                dial: link.dial, proxy: .none, idleTimeout: idle)
            if let certificate = credentials.certificate, let key = credentials.key {
                configuration.identity = .init(
                    certificatePEM: certificate.exposedBytes(), keyPEM: key)
            }
            return try HTTPClient(configuration)
        }
    }

    /// The answer of the first member that gives one, asked for through the first node that leads
    /// to it.
    ///
    /// - Throws: the first fault where none does.
    func anyMember<Answer: Sendable>(
        _ ask: @Sendable (Member) async throws -> Answer
    ) async throws -> Answer {
        var first: Fault?
        for node in nodes {
            do {
                for member in try await members(through: node) {
                    do {
                        return try await ask(member)
                    } catch {
                        try Task.checkCancellation()
                        first =
                            first
                            ?? Fault(error).during("reading etcd at \(member.endpoint)")
                            .on(node: node.name)
                    }
                }
            } catch {
                try Task.checkCancellation()
                first = first ?? Fault(error).on(node: node.name)
            }
        }
        throw first
            ?? Fault(.unreachable, "kube-apiserver's arguments name no etcd server")
    }

    /// Every member once, with what it says of itself.
    ///
    /// - Throws: `Fault` where one that is known can't be reached.
    func everyMember() async throws -> [(member: Member, status: EtcdStatus)] {
        let known = try await anyMember { try await $0.reader().members() }
        var found: [UInt64: (member: Member, status: EtcdStatus)] = [:]
        var first: Fault?
        for node in nodes {
            for member in try await members(through: node) where found.count < known.count {
                do {
                    let status = try await member.reader().status()
                    if found[status.member] == nil { found[status.member] = (member, status) }
                } catch {
                    try Task.checkCancellation()
                    first = first ?? Fault(error).on(node: node.name)
                }
            }
        }
        let missing = known.filter { found[$0.id] == nil }
        guard missing.isEmpty else {
            throw Fault(
                .unreachable,
                "etcd's member \(missing.map(\.name).joined(separator: ", ")) can't be reached"
                    + (first.map { ": \($0.message)" } ?? ""), node: first?.node, cause: first)
        }
        return found.values.sorted {
            ($0.member.endpoint, $0.member.node) < ($1.member.endpoint, $1.member.node)
        }
    }

    private func members(through node: LiveNode) async throws -> [Member] {
        let link = try await node.link()
        let credentials = try await link.node.etcdCredentials()
        return credentials.endpoints.map {
            Member(node: node.name, endpoint: $0, credentials: credentials, link: link)
        }
    }
}
