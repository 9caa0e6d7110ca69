internal import Basics
internal import Foundation

/// Holds what the orchestrator reads from a snapshot against what etcdctl reads from the etcd that
/// it was taken of, and from the snapshot.
struct Agreement {
    let etcdctl: Program
    let scratch: ScratchFolder
    let endpoint: String
    let snapshot: String

    private struct Status: Decodable { let revision: Int64 }

    /// - Throws: `Fault` that names all differences.
    func check(_ report: InspectionReport, filled: Filling.Secrets) throws {
        let secrets = try range(of: "secrets")
        let configMaps = try range(of: "configmaps")
        let status = try JSONDecoder().decode(
            Status.self,
            from: etcdctl.run(
                ["snapshot", "status", snapshot, "--write-out", "json"], in: scratch))
        var differences: [String] = []
        func compare<Value: Equatable>(_ what: String, _ ours: Value, _ theirs: Value) {
            if ours != theirs { differences.append("\(what): \(ours), not \(theirs)") }
        }
        compare("Secrets", report.evidence["secrets", default: [:]], try secrets.evidence)
        compare("ConfigMaps", report.evidence["configmaps", default: [:]], try configMaps.evidence)
        compare("the snapshot's revision", report.revision, status.revision)
        compare("etcd's revision", report.revision, secrets.header.revision)
        // etcdctl doesn't tell of earlier revisions, but they were put there.
        let older = report.history["secrets", default: [:]].values.reduce(0, +)
        compare("what was put", Filling.Secrets(current: report.secrets, older: older), filled)
        compare("the seal", report.seal, "intact")
        compare("whether all values were opened", report.readable, true)
        guard differences.isEmpty else {
            throw Fault(
                .discrepancy,
                "orchestrator and etcdctl don't agree: \(differences.joined(separator: "; "))")
        }
    }

    /// How many there are, and some of them.
    private func range(of resource: String) throws -> RangeAnswer {
        try JSONDecoder().decode(
            RangeAnswer.self,
            from: etcdctl.run(
                [
                    "--endpoints", endpoint, "get", "/registry/\(resource)/", "--prefix",
                    "--limit", "200", "--write-out", "json",
                ], in: scratch))
    }
}

/// An answer of `etcdctl get --limit`.
private struct RangeAnswer: Decodable {
    struct Header: Decodable { let revision: Int64 }
    struct Pair: Decodable { let value: Data }

    let header: Header
    /// Of all, whatever the limit; both are left out where there is nothing.
    let count: Int?
    let kvs: [Pair]?

    /// The stored prefix that the sample has, and the count.
    var evidence: [String: Int] {
        get throws {
            let forms = Set((kvs ?? []).map(\.form))
            guard forms.count <= 1 else {
                throw Fault(.discrepancy, "etcd has values of several forms: \(forms.sorted())")
            }
            return forms.first.map { [$0: count ?? 0] } ?? [:]
        }
    }
}

extension RangeAnswer.Pair {
    fileprivate var form: String {
        guard value.starts(with: "k8s:enc:".utf8) else { return "plaintext" }
        return String(decoding: value.prefix(SealedValues.prefix.utf8.count), as: UTF8.self)
    }
}
