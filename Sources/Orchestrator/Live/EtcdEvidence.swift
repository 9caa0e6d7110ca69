internal import Basics
internal import ControlPlane
internal import EncryptionModel
internal import Etcd
internal import HTTP
internal import Transition

/// The strong proof: every stored value, read from etcd itself as kube-apiserver reads it, by its
/// own arguments and certificates, through the SSH connection to a control-plane node.
struct EtcdEvidence: EvidencePort {
    let nodes: [LiveNode]

    var source: EvidenceRecord.Source { .etcd }

    func evidence(
        of resources: [GroupResource], in context: EvidenceContext
    ) async throws -> Evidence {
        try await anyMember { reader, prefix in
            try await reader.evidence(of: resources, prefix: prefix)
        }
    }

    func stored(of resources: [GroupResource]) async throws -> Evidence? {
        try await evidence(of: resources, in: EvidenceContext())
    }

    func objects(
        of resource: GroupResource, notIn expected: Set<StoredForm>, limit: Int
    ) async throws -> [String] {
        try await anyMember { reader, prefix in
            try await reader.objects(of: resource, notIn: expected, limit: limit, prefix: prefix)
        }
    }

    /// The answer of the first member that gives one, asked for through the first node that leads
    /// to it.
    private func anyMember<Answer: Sendable>(
        _ ask: @Sendable (EtcdReader, _ prefix: String) async throws -> Answer
    ) async throws -> Answer {
        var first: Fault?
        for node in nodes {
            do {
                let link = try await node.link()
                let credentials = try await link.node.etcdCredentials()
                for endpoint in credentials.endpoints {
                    do {
                        return try await ask(
                            try reader(endpoint, credentials, link), credentials.prefix)
                    } catch {
                        try Task.checkCancellation()
                        first =
                            first
                            ?? Fault(error).during("reading etcd at \(endpoint)")
                            .on(node: node.name)
                    }
                }
            } catch {
                try Task.checkCancellation()
                first = first ?? Fault(error).on(node: node.name)
            }
        }
        throw unreachable(first)
    }

    private func reader(
        _ endpoint: String, _ credentials: EtcdCredentials, _ link: NodeLink
    ) throws -> EtcdReader {
        var configuration = HTTPClientConfiguration(
            trust: credentials.authorities.map { .authorities(pem: $0.exposedBytes()) } ?? .system,
            dial: link.dial, proxy: .none)
        if let certificate = credentials.certificate, let key = credentials.key {
            configuration.identity = .init(certificatePEM: certificate.exposedBytes(), keyPEM: key)
        }
        return EtcdReader(exchanger: try HTTPClient(configuration), baseURL: endpoint)
    }

    private func unreachable(_ first: Fault?) -> Fault {
        Fault(
            first?.code ?? .unreachable,
            "what etcd holds can't be read: "
                + (first?.message ?? "kube-apiserver's arguments name no etcd server"),
            hint: "No key is made or removed without that. Mend it; or, where etcd can't be reached"
                + " by design, say so in cluster.yml (orchestrator.etcd.evidence: api).",
            node: first?.node, cause: first)
    }
}
