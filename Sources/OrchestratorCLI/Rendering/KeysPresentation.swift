import Basics
import EncryptionModel
import Orchestrator
import Transition

extension KeyList: Presentable {
    struct Document: Encodable {
        struct Key: Encodable {
            let name: String
            let provider: String
            let fingerprint: String
            let state: String
            let created: String
            let retired: String?
            let retiredBy: String?
            let snapshots: [String]
        }

        let keys: [Key]
    }

    var document: Document {
        Document(
            keys: sealed.map {
                .init(
                    name: $0.key.name, provider: $0.key.provider.rawValue,
                    fingerprint: $0.key.fingerprint, state: "sealed",
                    created: $0.key.created.description, retired: $0.key.retired?.description,
                    retiredBy: $0.key.retiredBy, snapshots: $0.snapshots.map(\.name))
            }
                + keys.map {
                    .init(
                        name: $0.record.key.name, provider: $0.record.key.provider.rawValue,
                        fingerprint: $0.record.key.fingerprint.hex, state: $0.state.rawValue,
                        created: $0.record.created.description,
                        retired: $0.record.retired?.description, retiredBy: $0.record.retiredBy,
                        snapshots: $0.snapshots.map(\.name))
                })
    }

    var text: String {
        guard !keys.isEmpty || !sealed.isEmpty else { return "There are no keys.\n" }
        var rows = [["FINGERPRINT", "PROVIDER", "NAME", "STATE", "MADE", "NEEDED BY"]]
        for key in sealed {
            rows.append([
                key.key.fingerprint, key.key.provider.rawValue, key.key.name,
                "sealed" + (key.key.retired.map { ", retired \($0)" } ?? ""),
                "\(now.since(key.key.created).told) ago", NeedText(key.snapshots).text,
            ])
        }
        for key in keys {
            let isOld = key.record.created.seconds > 0
            rows.append([
                key.record.key.fingerprint.hex, key.record.key.provider.rawValue,
                key.record.key.name, key.told,
                isOld ? "\(now.since(key.record.created).told) ago" : "not known",
                NeedText(key.snapshots).text,
            ])
        }
        return Table(rows).lines.map { $0 + "\n" }.joined()
    }
}

extension ListedKey {
    fileprivate var told: String {
        switch state {
        case .writes: "in force"
        case .reads: "in force, reads only"
        case .coming: "of the unfinished operation"
        case .archived: record.retired.map { "retired \($0)" } ?? "archived"
        }
    }
}

/// Which snapshots need a key, in a cell.
private struct NeedText {
    let text: String

    init(_ snapshots: [SnapshotRecord]) {
        text =
            switch snapshots.count {
            case 0: "no known snapshot"
            case 1: snapshots[0].name
            default: "\(snapshots.count) snapshots"
            }
    }
}

/// A key that was removed from the state file.
struct ForgottenKey: Presentable {
    struct Document: Encodable {
        let forgotten: KeyDocument
        let unreadableSnapshots: [String]
    }

    let key: ListedKey

    var document: Document {
        Document(
            forgotten: KeyDocument(key.record.key), unreadableSnapshots: key.snapshots.map(\.name))
    }

    var text: String {
        let lost = key.snapshots.map(\.name)
        return "Forgot \(key.record.key).\n"
            + (lost.isEmpty
                ? ""
                : "These snapshots can't be restored any more: \(lost.joined(separator: ", "))\n")
    }
}

extension SealingReport: Presentable {
    struct Document: Encodable {
        let changed: [KeyDocument]
        let sealed: Int
        let left: [KeyDocument]
    }

    var document: Document {
        Document(
            changed: changed.map { KeyDocument($0.key) }, sealed: sealedCount,
            left: left.map { KeyDocument($0.key) })
    }

    var text: String {
        let count = "\(changed.count) key\(changed.count == 1 ? "" : "s")"
        var lines = [
            sealedCount == 0
                ? "Unsealed \(count)." : "Sealed \(count); \(sealedCount) are sealed now."
        ]
        lines += left.map { "left open, since cluster.yml names it: \($0.key)" }
        return lines.map { $0 + "\n" }.joined()
    }
}
