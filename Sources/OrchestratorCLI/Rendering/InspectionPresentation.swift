import Basics
import EncryptionModel
import Orchestrator
import Transition

extension VerificationReport: Presentable {
    struct Document: Encodable {
        let evidence: [String: [String: Int]]
        let expected: [String: String]
        let offenders: [String: [String]]
        let findings: [String]
        let next: [String]
    }

    var document: Document {
        Document(
            evidence: evidence.document,
            expected: Dictionary(
                uniqueKeysWithValues: expected.map { ($0.key.description, $0.value.description) }),
            offenders: Dictionary(
                uniqueKeysWithValues: offenders.map { ($0.key.description, $0.value) }),
            findings: findings, next: next)
    }

    var text: String {
        var rows = [["RESOURCE", "STORED", "COUNT", ""]]
        for (resource, forms) in evidence.counts.sorted(by: { $0.key < $1.key }) {
            for (form, count) in forms.sorted(by: { $0.key < $1.key }) {
                let verdict = expected[resource].map { $0 == form ? "as configured" : "OTHERWISE" }
                rows.append([resource.description, form.description, count.grouped, verdict ?? ""])
            }
        }
        var lines = Table(rows).lines
        lines += offenders.sorted { $0.key < $1.key }.flatMap { resource, names in
            names.map { "  \(resource) \($0)" }
        }
        lines += findings.map { "finding: \($0)" } + next.map { "next: \($0)" }
        return lines.map { $0 + "\n" }.joined()
    }
}

extension StatusReport: Presentable {
    struct Document: Encodable {
        struct Node: Encodable {
            let name: String
            let address: String
            let reachable: Bool
            let ready: Bool?
            let version: String?
            let running: String?
            /// Whether it runs with what it should have now; absent where that isn't known.
            let asWanted: Bool?
            let configPath: String?
            let configSHA256: String?
            let keys: [KeyDocument]
            let error: String?
        }

        struct Unfinished: Encodable {
            let id: String
            let kind: String
            let started: String
            let stage: String?
        }

        struct Restore: Encodable {
            let snapshot: String
            let phase: String
            let started: String
        }

        struct Lease: Encodable {
            let holder: String?
            let since: String?
            let renewed: String?
            let error: String?
        }

        struct Key: Encodable {
            let name: String
            let provider: String
            let fingerprint: String
            let created: String
            let retired: String?
            let active: Bool
        }

        let nodes: [Node]
        let operation: Unfinished?
        let restore: Restore?
        /// Absent where nobody holds it.
        let lease: Lease?
        let keys: [Key]
        let activeKeyAgeSeconds: Int64?
        let findings: [String]
        let next: [String]
    }

    var document: Document {
        Document(
            nodes: nodes.map { Document.Node($0, in: self) },
            operation: operation.map {
                .init(
                    id: $0.id, kind: $0.kind.rawValue, started: $0.started.description,
                    stage: $0.stage?.rawValue)
            },
            restore: restore.map {
                .init(
                    snapshot: $0.snapshot, phase: $0.phase.rawValue,
                    started: $0.started.description)
            },
            lease: Document.Lease(lease),
            keys: keys.map { record in
                .init(
                    name: record.key.name, provider: record.key.provider.rawValue,
                    fingerprint: record.key.fingerprint.hex, created: record.created.description,
                    retired: record.retired?.description, active: record.key == activeKey)
            },
            activeKeyAgeSeconds: activeKeyAge?.components.seconds, findings: findings, next: next)
    }

    var text: String {
        var rows = [["NODE", "ADDRESS", "READY", "VERSION", "CONFIG", "WANTED", "KEYS"]]
        for look in nodes {
            switch look.result {
            case .failure:
                rows.append([look.node, look.address, "unreachable", "", "", "", ""])
            case .success(let sight): rows.append(sight.row(isAsExpected(sight)))
            }
        }
        var lines = Table(rows).lines
        if let activeKey {
            let isAdopted = keys.contains {
                $0.key == activeKey && $0.createdBy == KeyRecord.adopted
            }
            let verb = isAdopted ? "first seen" : "made"
            let age = activeKeyAge.map { ", \(verb) \($0.told) ago" } ?? ""
            lines.append("active key: \(activeKey)\(age)")
        }
        if let operation {
            lines.append(
                "unfinished: \(operation.kind.told) of \(operation.started), at"
                    + " \(operation.whereItStands)")
        }
        switch lease {
        case .success(nil): break
        case .success(let holder?): lines.append("at work: \(holder.told)")
        case .failure(let fault): lines.append("at work: can't be told: \(fault.message)")
        }
        lines += findings.map { "finding: \($0)" } + next.map { "next: \($0)" }
        return lines.map { $0 + "\n" }.joined()
    }
}

extension LeaseHolder {
    fileprivate var told: String {
        let times = [since.map { "since \($0)" }, renewed.map { "last heard of at \($0)" }]
        return ([holder] + times.compactMap(\.self)).joined(separator: ", ")
    }
}

extension StatusReport.Document.Lease {
    init?(_ lease: Result<LeaseHolder?, Fault>) {
        switch lease {
        case .success(nil): return nil
        case .success(let holder?):
            self.holder = holder.holder
            (since, renewed) = (holder.since?.description, holder.renewed?.description)
            error = nil
        case .failure(let fault): (holder, since, renewed, error) = (nil, nil, nil, fault.message)
        }
    }
}

extension StatusReport.Document.Node {
    init(_ look: NodeLook, in report: StatusReport) {
        asWanted = (try? look.result.get()).flatMap(report.isAsExpected)
        name = look.node
        address = look.address
        switch look.result {
        case .failure(let fault):
            (reachable, ready, version, running) = (false, nil, nil, nil)
            (configPath, configSHA256, keys, error) = (nil, nil, [], fault.message)
        case .success(let sight):
            (reachable, ready) = (true, sight.observation.isReady)
            (version, running) = (sight.serverVersion, sight.observation.running.word)
            (configPath, configSHA256) = (sight.configPath, sight.configSHA256)
            (keys, error) = (sight.keys.map(KeyDocument.init), nil)
        }
    }
}

extension NodeSight {
    fileprivate func row(_ isAsExpected: Bool?) -> [String] {
        [
            observation.node, address, observation.isReady ? "yes" : "NO", serverVersion ?? "",
            configSHA256.map { "\($0.prefix(12)) \(observation.running.word)" }
                ?? observation.running.word,
            isAsExpected.map { $0 ? "yes" : "NO" } ?? "?",
            keys.map { "\($0.name) (\($0.fingerprint))" }.joined(separator: ", "),
        ]
    }
}

extension NodeObservation.Running {
    /// One word for tables and JSON.
    var word: String {
        switch self {
        case .unconfigured: "none"
        case .config: "loaded"
        case .notLoaded: "not-loaded"
        case .fileMissing: "file-missing"
        case .unclear: "unclear"
        }
    }
}
