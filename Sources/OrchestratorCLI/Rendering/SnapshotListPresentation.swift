import Basics
import EncryptionModel
import Orchestrator
import Transition

/// A snapshot's record in JSON: fingerprints, never a key.
struct SnapshotDocument: Encodable {
    let name: String
    let taken: String
    let size: Int
    let sha256: String
    let revision: Int64
    let etcdVersion: String?
    let kubernetesVersion: String?
    let nodes: [String]
    let evidence: [String: [String: Int]]
    let keysNeeded: [String]
    let during: String?

    init(_ record: SnapshotRecord) {
        name = record.name
        taken = record.taken.description
        size = record.size
        sha256 = record.hash
        revision = record.revision
        etcdVersion = record.etcdVersion
        kubernetesVersion = record.kubernetesVersion
        nodes = record.nodes
        evidence = Evidence(counts: record.counts).document
        keysNeeded = record.neededKeys
        during = record.midst.map { "\($0.kind.rawValue) \($0.operation)" }
    }
}

extension SnapshotSaved: Presentable {
    struct Document: Encodable {
        let snapshot: SnapshotDocument
        let local: String?
        let findings: [String]
    }

    var document: Document {
        Document(snapshot: SnapshotDocument(record), local: localPath, findings: findings)
    }

    var text: String {
        var lines = [
            "Snapshot \(record.name): \(record.size.asBytes) at revision"
                + " \(Int(record.revision).grouped), on \(record.nodes.joined(separator: ", "))"
        ]
        lines.append(
            record.neededKeys.isEmpty
                ? "needs no key"
                : "needs the key\(record.neededKeys.count == 1 ? "" : "s") "
                    + record.neededKeys.joined(separator: ", "))
        if let midst = record.midst {
            lines.append(
                "taken in the middle of \(midst.kind.told): values are stored both ways")
        }
        if let localPath { lines.append("a copy is \(localPath)") }
        lines += findings.map { "finding: \($0)" }
        return lines.map { $0 + "\n" }.joined()
    }
}

extension SnapshotList: Presentable {
    struct Document: Encodable {
        struct Snapshot: Encodable {
            let name: String
            let taken: String
            let size: Int
            let nodes: [String]
            let recorded: Bool
            let restorable: Bool?
            let verdict: String
            let keys: [KeyDocument]
            let missingKeys: [String]
            let record: SnapshotDocument?
        }

        let snapshots: [Snapshot]
        let unreachable: [String]
    }

    var document: Document {
        Document(
            snapshots: snapshots.map {
                .init(
                    name: $0.name, taken: $0.taken.description, size: $0.size, nodes: $0.nodes,
                    recorded: $0.isRecorded, restorable: $0.verdict.isRestorable,
                    verdict: $0.verdict.word, keys: $0.keys.map(KeyDocument.init),
                    missingKeys: $0.verdict.missingKeys,
                    record: $0.record.map(SnapshotDocument.init))
            }, unreachable: faults.map(\.description))
    }

    var text: String {
        var rows = [["NAME", "TAKEN", "SIZE", "NODES", "RESTORABLE NOW", "NEEDS"]]
        for snapshot in snapshots {
            rows.append([
                snapshot.name, snapshot.taken.description, snapshot.size.asBytes,
                "\(snapshot.nodes.count) of \(nodeCount)", snapshot.verdict.told,
                needs(snapshot),
            ])
        }
        var lines = snapshots.isEmpty ? ["There are no snapshots."] : Table(rows).lines
        lines += faults.map { "finding: \($0)" }
        if snapshots.contains(where: { $0.verdict == .unknown }) {
            lines.append("next: orchestrator etcd snapshot-inspect NAME reads what is in one")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func needs(_ snapshot: ListedSnapshot) -> String {
        guard snapshot.record != nil else { return "" }
        let all =
            snapshot.keys.map { "\($0.name) (\($0.fingerprint))" }
            + snapshot.verdict.missingKeys.map { "\($0), which is missing" }
        return all.isEmpty ? "no key" : all.joined(separator: ", ")
    }
}

extension ListedSnapshot.Verdict {
    var word: String {
        switch self {
        case .restorable: "restorable"
        case .withArchivedKeys: "with-archived-keys"
        case .withSealedKeys: "with-sealed-keys"
        case .keysMissing: "keys-missing"
        case .unknown: "unknown"
        case .gone: "gone"
        case .differs: "differs"
        }
    }

    /// Nil where nobody knows.
    var isRestorable: Bool? {
        switch self {
        case .restorable, .withArchivedKeys, .withSealedKeys: true
        case .keysMissing, .gone, .differs: false
        case .unknown: nil
        }
    }

    var missingKeys: [String] {
        if case .keysMissing(let keys) = self { keys } else { [] }
    }

    fileprivate var told: String {
        switch self {
        case .restorable: "yes"
        case .withArchivedKeys: "yes, with retired keys"
        case .withSealedKeys: "yes, with the passphrase"
        case .keysMissing: "NO, keys are missing"
        case .unknown: "not known"
        case .gone: "NO, no node has it"
        case .differs: "NO, the nodes have different files"
        }
    }
}

extension SnapshotRemoved: Presentable {
    struct Document: Encodable {
        let removed: String
        let nodes: [String]
    }

    var document: Document { Document(removed: name, nodes: nodes) }

    var text: String {
        nodes.isEmpty
            ? "Removed \(name) from the state file; no node had it.\n"
            : "Removed \(name) from \(nodes.joined(separator: ", ")) and the state file.\n"
    }
}
