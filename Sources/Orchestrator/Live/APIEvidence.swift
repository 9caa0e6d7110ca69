internal import Basics
internal import EncryptionModel
internal import Transition

/// The weaker proof, for an etcd that the administrator says can't be reached: every object has a
/// resourceVersion above the watermark, so each was written after all servers wrote with the new
/// first provider.
struct APIEvidence: EvidencePort {
    let kubernetes: LiveKubernetes

    var source: EvidenceRecord.Source { .api }

    func evidence(
        of resources: [GroupResource], in context: EvidenceContext
    ) async throws -> Evidence {
        var evidence = Evidence()
        guard !context.watermarks.isEmpty else { return evidence }
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
            let survey = try await kubernetes.survey(resource, watermark: watermark)
            guard survey.belowCount == 0 else {
                throw Fault(
                    .failed,
                    "\(survey.belowCount) \(resource) were not written anew: "
                        + survey.below.prefix(5).joined(separator: ", ")
                        + "; no key was removed and everything stays readable")
            }
            evidence.counts[resource] = [form: survey.objects]
        }
        return evidence
    }

    func objects(
        of resource: GroupResource, notIn expected: Set<StoredForm>, limit: Int
    ) async throws -> [String] {
        []
    }
}
