internal import Basics
internal import ClusterFiles
internal import ControlPlane
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

    init(name: String, _ outcome: SnapshotReading.Outcome, keys: StateKeys, prefix: String) {
        let contents = outcome.contents
        self.name = name
        self.contents = contents
        known = outcome.known
        verdict = SnapshotVerdict(contents, known: outcome.known)
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
        findings += Self.findings(keys, outcome.archived)
        findings += verdict.obstacles.map(\.told)
        findings += [outcome.stillSealed.toldAsSealed].compactMap(\.self)
        findings += verdict.plugins.map {
            "values under \($0) can only be read with that KMS plugin and the keys that its KMS had"
        }
        if !verdict.isReadable { next.append(Self.advice(outcome.archived)) }
        (self.findings, self.next) = (findings, next)
    }

    /// Where keys were to come from, and didn't.
    private static func findings(_ keys: StateKeys, _ archived: ArchivedKeys?) -> [String] {
        var findings: [String] = []
        let isArchiveRead = archived?.hasState == true && archived?.reason == nil
        if keys.isMissing {
            findings.append(
                "there is no state file \(keys.path), so no key was tried"
                    + (isArchiveRead ? " but those of \(KeyRecord.archivedState)" : ""))
        }
        if let reason = archived?.reason {
            findings.append(
                "\(KeyRecord.archivedState) can't be read, so its keys weren't tried: \(reason)")
        }
        return findings
    }

    private static func advice(_ archived: ArchivedKeys?) -> String {
        let backup =
            "look for the state file of that time (--state FILE): its backup cluster.rkestate.bak,"
        return archived == nil
            ? backup + " an older copy, or the one in RKE's snapshot archive"
            : backup + " or an older copy"
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

/// Reads a snapshot with the keys of a state file.
public struct SnapshotInspecting: Sendable {
    private let state: String
    private let prefix: String
    private let passphrase: PassphrasePrompt
    private let report: EventHandler

    /// - Parameters:
    ///   - state: the state file with the keys; it may be missing.
    ///   - prefix: kube-apiserver's `--etcd-prefix`.
    public init(
        state: String, prefix: String, passphrase: @escaping PassphrasePrompt = { nil },
        report: @escaping EventHandler
    ) {
        self.state = state
        self.prefix = prefix
        self.passphrase = passphrase
        self.report = report
    }

    /// A snapshot on this machine; no cluster is asked.
    public func inspect(file: String) async throws -> SnapshotInspection {
        try await inspect(try SeekableFile(path: file), as: file)
    }

    /// A snapshot on the nodes: that of the first that has it.
    public func inspect(
        name: String, of options: SessionOptions
    ) async throws -> SnapshotInspection {
        let name = try SnapshotName(name)
        let session = try await ClusterSession.open(options, access: .readOnly, report: report)
        let scratch = try ScratchFile.make()
        try await session.closingAfterwards {
            try await session.snapshots.fetch(name.text, into: scratch.file, report: report)
        }
        return try await inspect(try scratch.reopened(), as: name.text)
    }

    /// - Parameter file: a snapshot, or RKE's archive of one.
    private func inspect(
        _ file: SeekableFile, as name: String
    ) async throws -> SnapshotInspection {
        let keys = try await StateKeys.read(state)
        let outcome = try await SnapshotReading(
            records: keys.records, sealed: keys.journal?.sealed, prefix: prefix,
            passphrase: passphrase, report: report
        ).read(file, as: name)
        return SnapshotInspection(name: name, outcome, keys: keys, prefix: prefix)
    }
}

extension SnapshotPort {
    /// Copies a snapshot from the first node that has it.
    func fetch(_ name: String, into file: NewFile, report: @escaping EventHandler) async throws {
        var first: Fault?
        for answer in await list() {
            switch answer.result {
            case .failure(let fault): first = first ?? fault
            case .success(let files):
                guard let found = files.first(where: { $0.name == name }) else { continue }
                try await get(name, from: answer.node, into: file) {
                    report(
                        .working(
                            "copying \(name) from \(answer.node)",
                            part: Double($0) / Double(max(1, found.size))))
                }
                return
            }
        }
        throw first
            ?? Fault(
                .notFound, "no etcd node has a snapshot \(name)",
                hint: "orchestrator etcd snapshot-list shows them.")
    }
}
