public import EncryptionModel
public import Transition

/// A look at what is really stored.
public protocol EvidencePort: Sendable {
    /// Where the proof comes from: etcd itself, or (by the administrator's word) only the API.
    var source: EvidenceRecord.Source { get }

    /// Counts every stored value of the resources by the form it is stored in, at one revision.
    func evidence(of resources: [GroupResource]) async throws -> Evidence

    /// Names objects that are stored in a form not expected, at most `limit` of them.
    func objects(
        of resource: GroupResource, notIn expected: Set<StoredForm>, limit: Int
    ) async throws -> [String]
}
