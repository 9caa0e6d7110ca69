internal import Basics
internal import EncryptionModel
internal import Transition

extension WorkflowRun {
    /// A copy that somebody else writes at the same time is read again, so often.
    private static let mostTries = 5

    /// Brings RKE's copy of the state file up to date, where the cluster has one. That it fails is
    /// no failure of the operation, which is finished: the next `up` makes up for it.
    mutating func updateStateCopy(to config: ProviderConfig?) async {
        do {
            for attempt in 1...Self.mostTries {
                do {
                    try await updateStateCopyOnce(to: config)
                    break
                } catch let fault as Fault
                    where fault.code == .conflict && attempt < Self.mostTries
                {
                    continue
                }
            }
        } catch {
            let warning =
                "RKE's copy of the state file in the cluster (secret"
                + " kube-system/full-cluster-state) isn't up to date: \(Fault(error).message)."
                + " Don't let RKE restore its state from it; once the cause is mended,"
                + " orchestrator up writes it"
            result.warnings.append(warning)
            workflow.report(.warning(warning))
        }
    }

    private mutating func updateStateCopyOnce(to config: ProviderConfig?) async throws {
        let wanted = StateConfigs(desired: config, current: config)
        guard let copy = try await ports.stateCopy.read(), copy.configs != wanted else { return }
        try await archive(copy.keys)
        try await copy.replace(with: wanted)
        workflow.report(
            .detail("RKE's copy of the state file (secret kube-system/full-cluster-state) updated"))
    }

    /// What is about to be overwritten may be the last place that has a key which a snapshot needs.
    private mutating func archive(_ keys: [LocalKey]) async throws {
        let unknown = archive(keys, at: workflow.clock.now(), by: "full-cluster-state")
        guard !unknown.isEmpty else { return }
        for key in unknown {
            workflow.report(
                .warning("the key \(key), which only RKE's copy had, is in the archive now"))
        }
        try await ports.journal.save(journal, configs: nil)
    }
}
