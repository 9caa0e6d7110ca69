internal import Basics
internal import ClusterFiles
internal import EncryptionModel
public import Etcd
public import Transition

/// What `etcd snapshot-inspect` found.
public struct SnapshotInspection: Sendable {
    /// As it was named.
    public let name: String
    public let contents: SnapshotContents
    public let known: [KeyRecord]
    public let verdict: SnapshotVerdict
    public let findings: [String]
    public let next: [String]

    /// Whether every value of it can be read with the keys that are known.
    public var isAsItShouldBe: Bool { verdict.isReadable }

    /// Reads a snapshot on this machine; no cluster is asked.
    ///
    /// - Parameters:
    ///   - state: the state file with the keys; it may be missing.
    ///   - prefix: kube-apiserver's `--etcd-prefix`.
    ///   - progress: is told the part that is done, from 0 to 1.
    public static func run(
        file: String, state: String, prefix: String,
        progress: @escaping @Sendable (Double) -> Void
    ) async throws -> SnapshotInspection {
        let keys = try await StateKeys.read(state)
        let contents = try await SnapshotReader(keys: keys.records.map(\.key), prefix: prefix)
            .read(file, progress: progress)
        return SnapshotInspection(
            name: file, contents: contents, keys: keys, prefix: prefix)
    }

    init(name: String, contents: SnapshotContents, keys: StateKeys, prefix: String) {
        self.name = name
        self.contents = contents
        known = keys.records
        verdict = SnapshotVerdict(contents, known: keys.records)
        var (findings, next) = ([String](), [String]())
        if contents.counts.isEmpty {
            findings.append(
                "nothing lies under \(prefix); \(contents.foreign.current) keys lie elsewhere")
            next.append("give kube-apiserver's --etcd-prefix, if that cluster had another one")
        }
        if contents.seal == .none {
            findings.append(
                "etcd's own SHA-256 isn't at its end: it was copied from a data directory, or cut"
                    + " by exactly that. Whether it was altered can't be told")
        }
        if let uid = contents.clusterUID, let own = keys.journal?.clusterUID, uid != own {
            findings.append(
                "it is of another cluster: its namespace kube-system has the UID \(uid), that of"
                    + " \(keys.path) \(own)")
        }
        if keys.isMissing {
            findings.append("there is no state file \(keys.path), so no key was tried")
        }
        findings += verdict.obstacles.map(\.told)
        findings += verdict.plugins.map {
            "values under \($0) can only be read with that KMS plugin and the keys that its KMS had"
        }
        if !verdict.isReadable {
            next.append(
                "look for the state file of that time (--state FILE): its backup cluster.rkestate.bak,"
                    + " an older copy, or the one in RKE's snapshot archive")
        }
        (self.findings, self.next) = (findings, next)
    }
}

extension SnapshotVerdict.Obstacle {
    /// For a finding: what can't be read, and why.
    public var told: String {
        let values = "\(count) value\(count == 1 ? "" : "s") under \(form) can't be opened: "
        switch reason {
        case .unknownKey: return values + "no key of that name is known"
        case .otherSecret(let keys):
            let list = keys.map(\.fingerprint.hex).joined(separator: ", ")
            return values
                + "the key of that name that is known (\(list)) has another secret than the one"
                + " they were written with"
        case .unknownForm: return values + "no provider of that name and version is known"
        }
    }
}
