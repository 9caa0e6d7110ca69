import Basics
import EncryptionModel
import Orchestrator
import Transition

extension WorkflowReport: Presentable {
    struct Document: Encodable {
        /// The operation that this run finished last; absent where there was nothing to do.
        let operation: OperationIdentity?
        let stages: [OperationDocument.Stage]
        let rewrite: OperationDocument.Rewrite?
        let waitedSeconds: Double?
        let evidence: [String: [String: Int]]?
        let evidenceSource: String?
        let retiredKeys: [KeyDocument]
        /// Operations that the run finished before that one.
        let earlier: [OperationDocument]
        /// The keys that are deployed now, the writing one first.
        let keys: [KeyDocument]
        /// Why nothing was begun that was asked for; absent where something was.
        let reason: String?
        /// Taken by this run.
        let snapshots: [SnapshotDocument]
        let scrubbed: Scrubbed.Document?
        let next: [String]
    }

    var document: Document {
        let last = operations.last.map(OperationDocument.init)
        return Document(
            operation: last?.operation, stages: last?.stages ?? [], rewrite: last?.rewrite,
            waitedSeconds: last?.waitedSeconds,
            evidence: last?.evidence, evidenceSource: last?.evidenceSource,
            retiredKeys: last?.retiredKeys ?? [],
            earlier: operations.dropLast().map(OperationDocument.init),
            keys: (deployed?.keys ?? []).map(KeyDocument.init), reason: reason,
            snapshots: snapshots.map(SnapshotDocument.init), scrubbed: scrubbed?.document,
            next: next)
    }

    var text: String {
        guard let last = operations.last else {
            return "Nothing to do: \(reason ?? deployedText).\n"
        }
        var lines = last.evidence.map { EvidenceText($0).lines } ?? []
        if last.restartedNothing { lines.append("no API server was restarted") }
        lines += last.retired.map { "retired: \($0), kept in the state file for older snapshots" }
        lines += snapshots.map { "snapshot: \($0.name)" }
        if let scrubbed { lines += scrubbed.lines }
        lines += next.map { "next: \($0)" }
        return lines.map { $0 + "\n" }.joined()
    }

    private var deployedText: String {
        guard let deployed else { return "no encryption is deployed, and none is wanted" }
        let writers = deployed.rules.map { rule in
            rule.resources.map(\.text).joined(separator: ", ") + " under \(rule.chain.writer)"
        }
        return writers.joined(separator: "; ")
    }

    /// What the administrator should do now.
    private var next: [String] {
        guard let last = operations.last else { return [] }
        return upgradeAdvice(last.operation.kind) + snapshotAdvice(since: last.operation.started)
    }

    /// What writes the manifest anew has to know of its arguments.
    private func upgradeAdvice(_ kind: OperationKind) -> [String] {
        guard hasStaticPods else { return [] }
        switch kind {
        case .enable, .repair:
            return [
                "have kubeadm keep the arguments (docs/static-pods.md, «Upgrades»), or its next"
                    + " upgrade takes them away"
            ]
        case .disable:
            return [
                "where kubeadm was told to keep the arguments, have it forget them, or its next"
                    + " upgrade brings back what names a file that is gone"
            ]
        case .rotateKey, .change, .rewrite, .restore, .abort: return []
        }
    }

    private func snapshotAdvice(since started: Timestamp) -> [String] {
        guard !snapshots.contains(where: { $0.taken > started }) else { return [] }
        return [
            "take a fresh etcd snapshot (orchestrator etcd snapshot-save); older ones"
                + (scrubbed == nil ? ", and etcd's history until it is compacted," : "")
                + " still hold what was stored before"
        ]
    }
}

extension DryRun: Presentable {
    struct Document: Encodable {
        struct Operation: Encodable {
            let kind: String
            let resumed: Bool
            let steps: [String]
        }

        let dryRun = true
        let operations: [Operation]
    }

    var document: Document {
        Document(
            operations: operations.map {
                .init(kind: $0.kind.rawValue, resumed: $0.wasResumed, steps: $0.steps.map(\.told))
            })
    }

    var text: String {
        operations.isEmpty ? "Nothing to do.\n" : planText + "Nothing was touched.\n"
    }

    /// What would be done, node by node.
    var planText: String {
        operations.map { operation in
            let heading = operation.wasResumed ? "Would continue" : "Would begin"
            let steps = operation.steps.map { "  \($0.isOnNode ? "  " : "")\($0.told)\n" }.joined()
            return "\(heading) \(operation.kind.told):\n\(steps)"
        }.joined()
    }
}

extension DryRun.Step {
    var isOnNode: Bool {
        if case .node = self { true } else { false }
    }

    var told: String {
        switch self {
        case .newKey(let provider): "make a new \(provider.rawValue) key and record it"
        case .stage(let name, let chains): "stage \(name.rawValue): \(chains)"
        case .node(let name, let address, let change):
            (name == address ? name : "\(name) (\(address))") + ": \(change.rawValue)"
        case .rewrite(let resources): "rewrite \(told(resources))"
        case .evidence(let resources): "prove in etcd how \(told(resources)) are stored"
        case .keep(let key, let snapshots):
            "keep \(key) in the state file: \(KeptText(snapshots).text) it"
        case .retire(let keys): "retire \(keys.map(\.description).joined(separator: ", "))"
        }
    }

    private func told(_ resources: [GroupResource]) -> String {
        resources.map(\.description).joined(separator: ", ")
    }
}
