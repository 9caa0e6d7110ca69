internal import Foundation
internal import LabKit

/// A lab on which runs are killed, with what undisturbed runs did on it.
struct KillBench: Sendable {
    let user: Operator
    /// How many Secrets there are.
    let total: Int
    private let references: [TrialWorkflow: EndState]
    /// What an undisturbed run of each workflow passes, in order.
    let passed: [TrialWorkflow: [PassedPoint]]

    /// Runs enable, rotate and disable undisturbed.
    init(_ user: Operator, secrets: Int) async throws {
        self.user = user
        total = try await user.lab.fill(secrets: secrets)
        var (references, passed): ([TrialWorkflow: EndState], [TrialWorkflow: [PassedPoint]])
        (references, passed) = ([:], [:])
        let names = Dictionary(uniqueKeysWithValues: user.lab.nodes.map { ($0.address, $0.name) })
        for workflow in TrialWorkflow.allCases {
            try workflow.prepare(user.lab)
            let record = user.path("output/\(workflow.rawValue).points")
            let result = try await user.start(
                workflow.command + ["--output", "json"],
                environment: [PassedPoint.recordVariable: record]
            ).end()
            let done = try result.document(WorkflowDocument.self)
            passed[workflow] = try PassedPoint.all(
                recordedAt: record, stages: done.stages, nodeNames: names)
            references[workflow] = try await EndState.seen(user)
        }
        (self.references, self.passed) = (references, passed)
    }

    /// Brings the lab to where the workflow begins, if it isn't there.
    func undisturbed(_ workflow: TrialWorkflow) async throws {
        try workflow.prepare(user.lab)
        let _: WorkflowDocument = try await user.start(workflow.command + ["--output", "json"])
            .end().document()
    }

    /// What isn't as after an undisturbed run of the workflow, a line each.
    func problems(after workflow: TrialWorkflow) async throws -> [String] {
        var lines: [String] = []
        if let reference = references[workflow] {
            lines += try await EndState.seen(user).differences(from: reference)
        }
        let keys = try KnownKeys(stateFile: user.read("cluster.rkestate"))
        let names = keys.all.map(\.name)
        if Set(names).count != names.count { lines.append("a key name is used twice") }
        let stored = try await user.lab.scan().resources["secrets"] ?? [:]
        if let wrong = wrongEvidence(stored, keys, workflow) { lines.append(wrong) }
        return lines + (try await user.lab.checkValues())
    }

    /// By the lab's own reading of etcd.
    private func wrongEvidence(
        _ stored: [String: Int], _ keys: KnownKeys, _ workflow: TrialWorkflow
    ) -> String? {
        let wanted =
            workflow.endsEncrypted
            ? keys.active.map { "k8s:enc:aescbc:v1:\($0.name):" } : [StoredCount.plaintext]
        guard wanted.count == 1, stored == [wanted[0]: total] else {
            return "etcd holds \(stored) where \(total) under \(wanted) should be"
        }
        return nil
    }
}
