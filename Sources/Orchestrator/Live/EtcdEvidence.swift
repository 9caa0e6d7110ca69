internal import Basics
internal import ControlPlane
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
        try await anyMember { reader, credentials in
            try Self.refuse(resources, keptElsewhere: credentials.keptElsewhere)
            return try await reader.evidence(of: resources, prefix: credentials.prefix)
        }
    }

    func stored(of resources: [GroupResource]) async throws -> Evidence? {
        try await evidence(of: resources, in: EvidenceContext())
    }

    func objects(
        of resource: GroupResource, notIn expected: Set<StoredForm>, limit: Int
    ) async throws -> [String] {
        try await anyMember { reader, credentials in
            try await reader.objects(
                of: resource, notIn: expected, limit: limit, prefix: credentials.prefix)
        }
    }

    private func anyMember<Answer: Sendable>(
        _ ask: @Sendable (EtcdReader, EtcdCredentials) async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await etcd.anyMember { try await ask(try $0.reader(), $0.credentials) }
        } catch {
            try Task.checkCancellation()
            throw unreachable(Fault(error))
        }
    }

    /// No value of theirs would be found, which is no proof that there is none.
    static func refuse(_ resources: [GroupResource], keptElsewhere: Set<String>) throws {
        let missing = resources.filter { keptElsewhere.contains($0.description) }
        guard missing.isEmpty else {
            throw Fault(
                .refused,
                "\(missing.map(\.description).joined(separator: ", ")) is kept in an etcd of its"
                    + " own (--etcd-servers-overrides)",
                hint: "Only the main etcd is looked at. Leave such resources out of what is"
                    + " encrypted.")
        }
    }

    private func unreachable(_ first: Fault) -> Fault {
        Fault(
            first.code, "what etcd holds can't be read: \(first.message)",
            hint: (first.hint.map { "\($0) " } ?? "")
                + "No key is made or removed without that. Mend it; or, where etcd can't be reached"
                + " by design, say so in cluster.yml (orchestrator.etcd.evidence: api).",
            node: first.node, cause: first)
    }
}
