internal import Basics
internal import EncryptionModel
internal import Transition

// The way back.

extension RestoreRun {
    mutating func giveUp() async throws -> Restore {
        guard let restore = journal.restore else {
            throw Fault(.failed, "there is no restore to give up")
        }
        let hadTouched = restore.hasTouched
        if restore.phase == .preparing {
            // Nothing was stopped, and nothing will be.
            try await everywhere(nodes.etcdNodes, "cleaned up") { [nodes] node in
                try await nodes.putBack(id: restore.id, on: node)
            }
        } else {
            if restore.phase != .returning { try await enter(.returning) }
            try await goBack(restore)
        }
        let now = restoring.clock.now()
        journal.history.append(
            HistoryEntry(
                operation: restore.id, kind: .restore, started: restore.started, finished: now,
                summary: "the restore of \(restore.snapshot) was given up"))
        (journal.restore, journal.operation) = (nil, nil)
        journal.forgetSealedSecrets()
        try await save(
            hadTouched ? StateConfigs(desired: restore.deployed, current: restore.deployed) : nil)
        return restore
    }

    private func goBack(_ restore: Restore) async throws {
        try await stopEverything()
        try await everywhere(nodes.etcdNodes, "has its former data again") { [nodes] node in
            try await nodes.putBack(id: restore.id, on: node)
            Failpoint.pass("restore.putBack")
        }
        try await startEtcd()
        for node in nodes.controlPlaneNodes {
            try restoring.stop.check(
                next: "orchestrator encrypt abort", standing: "\(node) is still stopped")
            let outcome = try await restoring.ports.controlPlane.bring(node, to: restore.deployed)
            Failpoint.pass("restore.broughtBack")
            report(.step("  \(node) API server as before, after \(Int(outcome.seconds)) s"))
        }
    }
}

extension Journal {
    /// What was unsealed for the time of a restore is sealed still.
    mutating func forgetSealedSecrets() {
        let sealed = Set((sealed?.keys ?? []).map(\.fingerprint))
        keys.removeAll { $0.retired != nil && sealed.contains($0.key.fingerprint.hex) }
    }
}
