import Basics
import EncryptionModel
import Orchestrator
import Transition

extension RestorePlan: Presentable {
    struct Document: Encodable {
        let snapshot: String
        let restorable: Bool
        let sha256: String
        let revision: Int64
        let evidence: [String: [String: Int]]
        let keysNeeded: [SnapshotKeyDocument]
        let copiesNeededOn: [String]
    }

    var document: Document {
        Document(
            snapshot: snapshot, restorable: true, sha256: hash, revision: contents.revision,
            evidence: contents.evidence.document, keysNeeded: keys.map(SnapshotKeyDocument.init),
            copiesNeededOn: missingOn)
    }

    var text: String {
        var lines = ["\(snapshot) can be restored."]
        lines += keys.map { "needs \($0.told)" }
        if keys.isEmpty { lines.append("needs no key") }
        if !missingOn.isEmpty {
            lines.append("\(missingOn.joined(separator: ", ")) will get a copy of it first")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// What is asked before it is done: what will be lost.
    var question: String {
        text + """

            Everything that was written to the cluster after revision \(Int(contents.revision).grouped) \
            of the snapshot will be gone: objects made since are lost, deleted ones come back.
            The API servers of \(controlPlaneNodes.joined(separator: ", ")) and etcd on \
            \(etcdNodes.joined(separator: ", ")) are stopped meanwhile.
            Restore \(snapshot)?
            """
    }
}

extension SnapshotRestored: Presentable {
    struct Document: Encodable {
        let restored: String
        let workflow: WorkflowReport.Document
        let retiredAgain: [KeyDocument]
        let next: [String]
    }

    var document: Document {
        Document(
            restored: snapshot, workflow: report.document,
            retiredAgain: readMeanwhile.map(KeyDocument.init), next: next)
    }

    var text: String {
        var lines = ["Restored \(snapshot)."]
        for operation in report.operations {
            if let evidence = operation.evidence { lines += EvidenceText(evidence).lines }
        }
        lines += readMeanwhile.map { "retired again: \($0)" }
        lines += next.map { "next: \($0)" }
        return lines.map { $0 + "\n" }.joined()
    }
}

/// A restore that is or was given up.
struct RestoreGivenUp: Presentable {
    struct Document: Encodable {
        /// Nil where it was done.
        let dryRun: Bool?
        let snapshot: String
        let phase: String
    }

    let restore: Restore
    /// It was only asked what giving it up would do.
    let isDryRun: Bool

    var document: Document {
        Document(
            dryRun: isDryRun ? true : nil, snapshot: restore.snapshot, phase: restore.phase.rawValue
        )
    }

    var planText: String {
        restore.hasTouched
            ? "The API servers and etcd are stopped, the data from before the restore of"
                + " \(restore.snapshot) is put back, and what was written since is lost.\n"
            : "What was prepared for the restore of \(restore.snapshot) is removed. Nothing was"
                + " stopped.\n"
    }

    var text: String {
        isDryRun
            ? planText + "Nothing was touched.\n"
            : "The restore of \(restore.snapshot) was given up; the cluster is as it was before.\n"
    }
}
