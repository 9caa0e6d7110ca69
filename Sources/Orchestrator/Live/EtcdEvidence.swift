internal import Basics
internal import EncryptionModel
internal import Etcd
internal import Transition

/// The strong proof: every stored value, read from etcd itself as kube-apiserver reads it, by its
/// own arguments and certificates, through the SSH connection to a control-plane node.
struct EtcdEvidence: EvidencePort {
    let etcd: EtcdAccess

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

    private func anyMember<Answer: Sendable>(
        _ ask: @Sendable (EtcdReader, _ prefix: String) async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await etcd.anyMember { try await ask(try $0.reader(), $0.prefix) }
        } catch {
            try Task.checkCancellation()
            throw unreachable(Fault(error))
        }
    }

    private func unreachable(_ first: Fault) -> Fault {
        Fault(
            first.code, "what etcd holds can't be read: \(first.message)",
            hint: "No key is made or removed without that. Mend it; or, where etcd can't be reached"
                + " by design, say so in cluster.yml (orchestrator.etcd.evidence: api).",
            node: first.node, cause: first)
    }
}
