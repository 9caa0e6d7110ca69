internal import Basics
internal import EncryptionModel
internal import Transition

extension WorkflowRun {
    /// A copy that somebody else writes at the same time is read again, so often.
    private static let mostTries = 5

    private static let toldCopy =
        "RKE's copy of the state file in the cluster (secret kube-system/full-cluster-state)"

    /// Brings RKE's copy of the state file up to date, where the cluster has one. That it fails is
    /// no failure of the operation, which is finished: the next `up` makes up for it.
    mutating func updateStateCopy(to config: ProviderConfig?) async {
        let wanted = StateConfigs(desired: config, current: config)
        for attempt in 1...Self.mostTries {
            let copy: (any StateCopy)?
            do {
                copy = try await ports.stateCopy.read()
            } catch {
                warnOfCopy(
                    "can't be read, so it can't be told whether there is one that isn't up to date",
                    Fault(error))
                return
            }
            guard let copy, copy.configs != wanted else { return }
            do {
                try await replace(copy, with: wanted)
                return
            } catch let fault as Fault
                where fault.code == .conflict && attempt < Self.mostTries
            {
                continue
            } catch {
                warnOfCopy("isn't up to date", Fault(error))
                return
            }
        }
    }

    private mutating func warnOfCopy(_ state: String, _ fault: Fault) {
        let warning =
            "\(Self.toldCopy) \(state): \(fault.message). Don't let RKE restore its state from it;"
            + " once the cause is mended, orchestrator up brings it up to date"
        result.warnings.append(warning)
        workflow.report(.warning(warning))
    }

    private mutating func replace(
        _ copy: any StateCopy, with wanted: StateConfigs
    ) async throws {
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
