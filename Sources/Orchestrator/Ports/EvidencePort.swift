public import EncryptionModel
public import Transition

/// What a proof that rests on the API alone needs to know.
public struct EvidenceContext: Sendable {
    /// From which version on objects are known to be under the new writer.
    public let watermarks: [GroupResource: ResourceVersion]
    /// The form in which each resource is written now, where that is known of all servers.
    public let writers: [GroupResource: StoredForm]

    public init(
        watermarks: [GroupResource: ResourceVersion] = [:],
        writers: [GroupResource: StoredForm] = [:]
    ) {
        self.watermarks = watermarks
        self.writers = writers
    }
}

/// A look at what is really stored.
public protocol EvidencePort: Sendable {
    /// Where the proof comes from: etcd itself, or (by the administrator's word) only the API.
    var source: EvidenceRecord.Source { get }

    /// Counts every stored value of the resources by the form it is stored in, at one revision.
    ///
    /// Where only the API may be asked, a resource is counted as what its watermark and the
    /// servers' writer make it, which is the weaker proof.
    ///
    /// - Throws: `Fault` where it can't be known; never a count of part of it.
    func evidence(
        of resources: [GroupResource], in context: EvidenceContext
    ) async throws -> Evidence

    /// What is stored before anything is begun: counted as for a proof, or hidden.
    func stored(of resources: [GroupResource]) async throws -> Evidence?

    /// Names objects that are stored in a form not expected, at most `limit` of them.
    func objects(
        of resource: GroupResource, notIn expected: Set<StoredForm>, limit: Int
    ) async throws -> [String]
}
