import EncryptionModel
import Orchestrator
import Transition

/// One line for each thing that happens.
struct EventLines {
    let style: Style

    /// Nil for what has no line of its own.
    func line(for event: Event) -> String? {
        switch event {
        case .warning(let text): style.warning("warning: ") + text
        case .detail(let text): "  " + text
        case .step(let text): text
        case .resumed(let operation):
            "Continuing \(operation.kind.told) of \(operation.started),"
                + " which stands at \(operation.whereItStands)"
        case .adopted(let keys):
            "Wrote down what is deployed, which the state file didn't have: "
                + (keys.isEmpty ? "nothing" : keys.map(\.description).joined(separator: ", "))
        case .began(let operation, let keys):
            style.strong(operation.kind.announcement)
                + (keys.isEmpty ? "" : keys.count == 1 ? " with new key " : " with new keys ")
                + keys.map(\.description).joined(separator: ", ")
        case .keptFor(let key, let snapshots):
            "  \(key) stays in the state file: \(KeptText(snapshots).text) it"
        case .tookSnapshot(let record):
            "Took the snapshot \(record.name) (\(record.size.asBytes)), on"
                + " \(record.nodes.joined(separator: ", "))"
        case .stageBegan(let stage, let number, let count):
            "Stage \(number) of \(count), \(stage.rawValue): \(stage.meaning)"
        case .rollingOut(let node, let address, _): "  \(place(node, address)) …"
        case .reloading(let nodes, _):
            "  \(nodes.joined(separator: ", ")) … by the file alone, which a server looks at once a"
                + " minute"
        case .rolledOut(let node, let address, _, let result):
            "  \(place(node, address)) \(style.good("confirmed")) by \(result.confirmedBy.rawValue)"
                + " after \(result.seconds.asSeconds)"
        case .rewriting, .working: nil
        case .rewrote(let result): rewrote(result)
        case .readingEvidence(let resources):
            "Reading what is stored: \(resources.map(\.description).joined(separator: ", "))"
        case .evidence(let record):
            EvidenceText(record).lines.map { "  " + $0 }.joined(separator: "\n")
        case .finished(let operation): style.good("Finished: ") + operation.kind.told
        }
    }

    private func rewrote(_ result: RewriteResult) -> String {
        let rate = result.seconds > 0 ? Int(Double(result.rewritten) / result.seconds) : 0
        var line =
            "Rewrote \(result.rewritten.grouped) of \(result.objects.grouped) \(result.resource)"
            + " in \(result.seconds.asSeconds)"
        if rate > 0 { line += " (\(rate.grouped) a second)" }
        if result.failureCount > 0 {
            line += ", " + style.bad("\(result.failureCount.grouped) failed")
        }
        return line
    }

    private func place(_ node: String, _ address: String) -> String {
        node == address ? node : "\(node) (\(address))"
    }
}

extension StageName {
    /// What it is for, in half a sentence.
    var meaning: String {
        switch self {
        case .read: "every API server learns to read the new form, none writes it yet"
        case .write: "every API server writes the new form and still reads the old one"
        case .final: "what is proven to be unused is taken away"
        }
    }
}

extension Transition.Operation {
    var whereItStands: String { stage.map { "stage \($0.rawValue)" } ?? "its beginning" }
}

extension OperationKind {
    var told: String {
        switch self {
        case .enable: "enabling encryption"
        case .disable: "disabling encryption"
        case .rotateKey: "the key rotation"
        case .change: "the change of configuration"
        case .rewrite: "rewriting"
        case .repair: "the repair"
        case .restore: "the restore"
        case .abort: "the way back"
        }
    }

    var announcement: String {
        switch self {
        case .enable: "Enabling encryption"
        case .disable: "Disabling encryption"
        case .rotateKey: "Rotating the key"
        case .change: "Changing the configuration"
        case .rewrite: "Rewriting"
        case .repair: "Repairing what drifted"
        case .restore: "Bringing the restored cluster under the config in force"
        case .abort: "Going back"
        }
    }
}

/// Evidence as lines: `secrets: 2,005 under aescbc key key-…, 0 otherwise`.
struct EvidenceText {
    let lines: [String]

    init(_ record: EvidenceRecord) {
        let source = record.source == .api ? " (by the API alone; etcd was not looked at)" : ""
        lines = record.evidence.counts.sorted { $0.key < $1.key }.map { resource, counts in
            Self.line(resource, counts) + source
        }
    }

    /// The most frequent form first, everything else counted as otherwise.
    static func line(_ resource: GroupResource, _ counts: [StoredForm: Int]) -> String {
        let main = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }
        guard let main, main.value > 0 else { return "\(resource): nothing stored" }
        let others = counts.values.reduce(0, +) - main.value
        return "\(resource): \(main.value.grouped) \(main.key.told), \(others.grouped) otherwise"
    }
}

extension StoredForm {
    /// `in plaintext`, or `under aescbc key name`.
    var told: String {
        guard case .encrypted(let prefix) = self else { return "in plaintext" }
        let parts = prefix.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 5, parts[0] == "k8s", parts[1] == "enc" else {
            return "under \(prefix)"
        }
        let name = parts[4...].joined(separator: ":")
        let trimmed = name.hasSuffix(":") ? String(name.dropLast()) : name
        return parts[2] == "kms"
            ? "under kms plugin \(trimmed)" : "under \(parts[2]) key \(trimmed)"
    }
}
