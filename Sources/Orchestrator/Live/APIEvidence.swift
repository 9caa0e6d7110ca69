internal import Basics
internal import EncryptionModel
internal import Transition

/// The weaker proof, for an etcd that the administrator says can't be reached: every object was
/// written above the watermark, so after all servers wrote with the new first provider; or a server
/// that is told to write it sees no need to.
///
/// That is what kube-apiserver looks at: an update that changes nothing is left out only where the
/// stored value is under the server's own first provider and key (`storage/etcd3/store.go`,
/// `GuaranteedUpdate`). So what was written with the new key before the watermark counts, too.
struct APIEvidence: EvidencePort {
    let kubernetes: any KubernetesPort

    var source: EvidenceRecord.Source { .api }

    func stored(of resources: [GroupResource]) async throws -> Evidence? { nil }

    func evidence(
        of resources: [GroupResource], in context: EvidenceContext
    ) async throws -> Evidence {
        var evidence = Evidence()
        for resource in resources {
            guard let watermark = context.watermarks[resource],
                let form = context.writers[resource]
            else {
                throw Fault(
                    .refused,
                    "\(resource) would lose a key without having been rewritten, which"
                        + " only etcd itself could show to be safe",
                    hint: "No key was removed. Let etcd be reached (orchestrator.etcd.evidence:"
                        + " required).")
            }
            let touched = try await kubernetes.rewrite(resource, above: watermark) { _ in }
            guard touched.failureCount == 0 else {
                throw Fault(
                    .failed,
                    "\(touched.failureCount) \(resource) could not be written anew: "
                        + touched.failed.prefix(5).map(\.object).joined(separator: ", ")
                        + "; no key was removed and everything stays readable")
            }
            evidence.counts[resource] = [form: touched.objects]
        }
        return evidence
    }

    func objects(
        of resource: GroupResource, notIn expected: Set<StoredForm>, limit: Int
    ) async throws -> [String] {
        []
    }
}
