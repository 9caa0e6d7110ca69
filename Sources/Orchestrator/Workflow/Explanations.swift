internal import Basics
internal import EncryptionModel
internal import Transition

extension WorkflowRun {
    /// A refusal as a fault that says what is wrong, where, and what to do.
    func explained(_ refusal: Refusal) async throws -> Fault {
        var names: [String] = []
        if case .unreadable(let forms) = refusal {
            names = try await offenders(in: forms, expected: { _ in [.plaintext] })
        } else if case .notProven(let forms) = refusal, let operation = journal.operation {
            let plan = StagePlan(operation)
            names = try await offenders(in: forms) {
                plan.permittedForms(of: ResourcePattern($0))
            }
        }
        let fault = refusal.fault(
            naming: names, to: goal.command, seen: sights ?? [], hasTouched: hasTouched)
        guard case .unreadable(let forms) = refusal, let found = archived(forms) else {
            return fault
        }
        return Fault(
            fault.code, fault.message,
            hint: [fault.hint, found].compactMap(\.self)
                .joined(separator: " "))
    }

    /// Which of our own keys the stored values name.
    private func archived(_ forms: [GroupResource: [StoredForm: Int]]) -> String? {
        let wanted = Set(forms.values.flatMap(\.keys))
        let keys = journal.keys.filter { wanted.contains(ProviderEntry.key($0.key).storedForm) }
        guard !keys.isEmpty else { return nil }
        return "The archive in the state file has "
            + keys.map { "\($0.key)" }.joined(separator: ", ")
            + " by that name. Was an etcd snapshot restored, or is this an old state file?"
    }

    /// The first few objects that are stored otherwise than they should be.
    private func offenders(
        in forms: [GroupResource: [StoredForm: Int]], expected: (GroupResource) -> Set<StoredForm>
    ) async throws -> [String] {
        var names: [String] = []
        for resource in forms.keys.sorted() {
            names += try await workflow.ports.evidence.objects(
                of: resource, notIn: expected(resource), limit: 5)
        }
        return names
    }

    /// The fault with a hint that also says what is the state now and what continues. The hint of
    /// a refusal or of a bad file does so by itself, where nothing was touched before.
    func whereItStands(after fault: Fault) -> Fault {
        let code = fault.code == .refused && hasTouched ? .failed : fault.code
        let isBefore = code == .refused || code == .badInput
        if code == fault.code, let hint = fault.hint, isBefore || hint.contains(goal.command) {
            return fault
        }
        let standing =
            if let operation = journal.operation {
                "\(operation.kind.rawValue) stands at stage"
                    + " \(operation.stage?.rawValue ?? "begin"); no key was removed that anything"
                    + " stored may need. \(goal.command) continues once the cause is mended."
            } else if result.operations.isEmpty {
                "Nothing was changed. \(goal.command) tries again."
            } else {
                result.operations.map { "\($0.operation.kind.rawValue) was finished. " }.joined()
                    + "\(goal.command) goes on with the rest."
            }
        return Fault(
            code, fault.message,
            hint: [fault.hint, standing].compactMap(\.self).joined(separator: "\n"),
            place: fault.place, node: fault.node, cause: fault.cause)
    }

    func rewriteFault(_ outcome: RewriteResult) -> Fault {
        let listed = outcome.failed.prefix(10).map { "\n  \($0.object): \($0.reason)" }.joined()
        let more = outcome.failureCount - min(outcome.failed.count, 10)
        return Fault(
            .failed,
            "\(outcome.failureCount) of \(outcome.objects) \(outcome.resource) could not be"
                + " rewritten, so no key was removed; everything stays readable:" + listed
                + (more > 0 ? "\n  and \(more) more" : ""),
            hint: "Mend what the reasons name; then \(goal.command) continues with these objects.")
    }
}

extension NodeObservation.Running {
    /// In words, keys by fingerprint.
    var told: String {
        switch self {
        case .unconfigured: "no provider config"
        case .config(let config): config.told
        case .notLoaded(let config): "\(config.told), not loaded yet"
        case .fileMissing(let path): "the argument names \(path), where there is no file"
        case .unclear(let reason): reason
        }
    }
}

extension ProviderConfig {
    var told: String {
        rules.map { rule in
            let resources = rule.resources.map(\.text).joined(separator: ", ")
            let chain = rule.chain.entries.map(\.description).joined(separator: ", ")
            return "\(resources): \(chain)"
        }.joined(separator: "; ")
    }
}

extension ProviderConfig? {
    var toldOrNone: String { self?.told ?? "no argument and no file" }
}

extension Goal {
    /// The command line that pursues it.
    var command: String {
        switch self {
        case .converge: "orchestrator up"
        case .rotateKey: "orchestrator encrypt rotate-key"
        case .rewrite: "orchestrator encrypt rewrite"
        case .restore: "orchestrator etcd snapshot-restore"
        case .abort: "orchestrator encrypt abort"
        }
    }
}

extension Operation {
    /// A repair brings back what every server should have, and a way back is one already.
    var canBeGivenUp: Bool { kind != .repair && kind != .abort }

    /// One line for the history.
    var summary: String {
        let writers = (to?.rules ?? []).map { rule in
            rule.resources.map(\.text).joined(separator: ", ") + " under \(rule.chain.writer)"
        }
        return writers.isEmpty ? "everything in plaintext" : writers.joined(separator: "; ")
    }
}
