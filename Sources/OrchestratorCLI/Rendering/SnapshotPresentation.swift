import Basics
import EncryptionModel
import Etcd
import Orchestrator
import Transition

extension SnapshotInspection: Presentable {
    struct Document: Encodable {
        struct Obstacle: Encodable {
            let form: String
            let count: Int
            let reason: String
        }

        let snapshot: String
        let size: Int
        let sha256: String
        /// `intact`, or `none` where etcd's hash isn't there.
        let seal: String
        let revision: Int64
        let compactedRevision: Int64?
        let etcdVersion: String?
        let clusterUID: String?
        let evidence: [String: [String: Int]]
        let history: [String: [String: Int]]
        let keysNeeded: [SnapshotKeyDocument]
        let pluginsNeeded: [String]
        let unreadable: [Obstacle]
        let readable: Bool
        let findings: [String]
        let next: [String]
    }

    var document: Document {
        Document(
            snapshot: name, size: contents.size, sha256: contents.fileHash.hex,
            seal: contents.seal.rawValue, revision: contents.revision,
            compactedRevision: contents.compactedRevision, etcdVersion: contents.clusterVersion,
            clusterUID: contents.clusterUID, evidence: contents.evidence.document,
            history: contents.history.document,
            keysNeeded: verdict.needed.map(SnapshotKeyDocument.init),
            pluginsNeeded: verdict.plugins.map(\.description),
            unreadable: verdict.obstacles.map {
                .init(form: $0.form.description, count: $0.count, reason: $0.told)
            },
            readable: verdict.isReadable, findings: findings, next: next)
    }

    var text: String {
        var lines = [headline, ""] + Table(rows).lines + [""]
        lines += verdict.needed.map { "needs \($0.told)" }
        if verdict.needed.isEmpty, verdict.isReadable, verdict.plugins.isEmpty {
            lines.append("needs no key")
        }
        lines += findings.map { "finding: \($0)" } + next.map { "next: \($0)" }
        return lines.map { $0 + "\n" }.joined()
    }

    private var headline: String {
        var parts = [
            "\(name): \(contents.size.asBytes)", "revision \(Int(contents.revision).grouped)",
        ]
        if let version = contents.clusterVersion { parts.append("etcd \(version)") }
        if let uid = contents.clusterUID { parts.append("cluster \(uid)") }
        parts.append(contents.seal == .intact ? "intact" : "without etcd's hash")
        return parts.joined(separator: ", ")
    }

    /// What is encrypted, and Secrets in any case; the rest in one line.
    private var rows: [[String]] {
        var rows = [["RESOURCE", "STORED", "NOW", "BEFORE", "OPENED BY"]]
        var rest = SnapshotContents.Count()
        for (resource, forms) in contents.counts.sorted(by: { $0.key < $1.key }) {
            guard resource == .secrets || forms.keys.contains(where: { $0 != .plaintext }) else {
                for count in forms.values {
                    rest.current += count.current
                    rest.older += count.older
                }
                continue
            }
            for (form, count) in forms.sorted(by: { $0.key < $1.key }) {
                rows.append([
                    resource.description, form.description, count.current.grouped,
                    count.older.grouped, openers(of: form),
                ])
            }
        }
        if rest.total > 0 {
            rows.append(
                ["everything else", "plaintext", rest.current.grouped, rest.older.grouped, ""])
        }
        return rows
    }

    private func openers(of form: StoredForm) -> String {
        guard let readability = contents.readability[form] else { return "" }
        var names = readability.opened.keys.map(\.fingerprint.hex).sorted()
        if readability.closed.total > 0 { names.append("NO KNOWN KEY") }
        return names.joined(separator: ", ")
    }
}

struct SnapshotKeyDocument: Encodable {
    let name: String
    let provider: String
    let fingerprint: String
    let retired: String?
    let retiredBy: String?

    init(_ record: KeyRecord) {
        name = record.key.name
        provider = record.key.provider.rawValue
        fingerprint = record.key.fingerprint.hex
        retired = record.retired?.description
        retiredBy = record.retiredBy
    }
}

extension KeyRecord {
    /// `aescbc key-1 (0123456789ab), in force`.
    var told: String {
        // Whether it was in force there says nothing of now.
        if createdBy == Self.archivedState { return "\(key), from \(Self.archivedState)" }
        guard let retired else { return "\(key), in force" }
        return "\(key), retired \(retired.description)" + (retiredBy.map { " by \($0)" } ?? "")
    }
}

extension Int {
    /// In the largest binary unit with a whole part: `1.5 GiB`.
    var asBytes: String {
        let units = ["KiB", "MiB", "GiB", "TiB"]
        guard self >= 1024 else { return "\(self) bytes" }
        var value = Double(self) / 1024
        var unit = 0
        while value >= 1024, unit + 1 < units.count {
            value /= 1024
            unit += 1
        }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
