internal import Basics
public import EncryptionModel
public import Etcd
public import Transition

/// What a restore would do, after everything that could keep it from being done was looked at.
public struct RestorePlan: Sendable {
    public let snapshot: String
    /// SHA-256 of the file in hexadecimal.
    public let hash: String
    public let contents: SnapshotContents
    /// The keys that it needs, with their records.
    public let keys: [KeyRecord]
    /// Nodes that get a copy of the file first.
    public let missingOn: [String]
    /// Nodes with a member of etcd.
    public let etcdNodes: [String]
    public let controlPlaneNodes: [String]
    /// What the API servers have now and will have; nil is no encryption.
    public let deployed: ProviderConfig?
    /// What they have meanwhile.
    public let reading: ProviderConfig?
    /// Where the file is, for copies.
    let file: ScratchFile
}

/// Looks at everything that a restore depends on, and touches nothing.
struct RestoreCheck {
    let ports: Ports
    let snapshots: any SnapshotPort
    let restoring: any RestorePort
    let passphrase: PassphrasePrompt
    let report: EventHandler

    func run(_ name: String, _ journal: Journal) async throws -> RestorePlan {
        if let operation = journal.operation {
            throw Refusal.unfinished(operation).fault(naming: [], to: SnapshotRestoring.command)
        }
        try await ports.refuseUnknownKeys(journal)
        let deployed = try await deployed()
        try await refuseDrift(from: deployed)
        let members = try await members()
        let kept = try await keptFile(name, journal)
        let fetched = try ScratchFile.make()
        try await snapshots.fetch(kept.file, into: fetched.file, report: report)
        var known = journal.keys
        for key in try await ports.journal.recordedKeys()
        where !known.contains(where: { $0.key == key }) {
            known.append(KeyRecord(key: key, created: .unknown, createdBy: "RKE's state"))
        }
        let outcome = try await read(fetched, name, known, journal.sealed)
        let file = outcome.unpacked ?? fetched
        let hash = outcome.contents.fileHash.hex
        try checkRecord(name, hash, journal)
        let contents = outcome.contents
        let verdict = SnapshotVerdict(contents, known: outcome.known)
        try await checkCluster(contents, journal)
        try checkKeys(verdict, outcome.stillSealed, journal, deployed)
        try await checkVersion(contents)
        try checkSpace(members, contents.size)
        return RestorePlan(
            snapshot: name, hash: hash, contents: contents, keys: verdict.needed,
            missingOn: kept.missing, etcdNodes: restoring.etcdNodes,
            controlPlaneNodes: restoring.controlPlaneNodes, deployed: deployed,
            reading: .reading(
                contents.evidence.counts, under: verdict.needed.map(\.key), besides: deployed),
            file: file)
    }

    /// Which file it is, and the nodes that have to get a copy: the snapshot itself, where nodes
    /// have it; else RKE's archive of it, which differs from node to node, since RKE takes one on
    /// each.
    private func keptFile(
        _ name: String, _ journal: Journal
    ) async throws -> (file: String, missing: [String]) {
        var hashes: [String: [String]] = [:]
        var missing: [String] = []
        for answer in await snapshots.hashes(of: name) {
            if let hash = try answer.result.get() {
                hashes[hash, default: []].append(answer.node)
            } else {
                missing.append(answer.node)
            }
        }
        guard !hashes.isEmpty else {
            let archive = "\(name).zip"
            let isThere = await snapshots.list().contains { answer in
                (try? answer.result.get())?.contains { $0.name == archive } ?? false
            }
            if isThere { return (archive, missing) }
            throw Fault(
                .refused, "no etcd node has a snapshot \(name)",
                hint: "Nothing was touched. orchestrator etcd snapshot-list shows them. One that is"
                    + " kept elsewhere has to be put in /opt/rke/etcd-snapshots of a node first.")
        }
        guard hashes.count == 1 else {
            let told = hashes.sorted { $0.value.first ?? "" < $1.value.first ?? "" }
                .map { "\($0.key.prefix(12)) on \($0.value.joined(separator: ", "))" }
            throw Fault(
                .refused,
                "the nodes have different files of the name \(name): \(told.joined(separator: "; "))",
                hint: "Nothing was touched. orchestrator etcd snapshot-inspect tells what is in"
                    + " one; remove the wrong ones.")
        }
        return (name, missing)
    }

    /// It must be the one that was recorded.
    private func checkRecord(_ name: String, _ hash: String, _ journal: Journal) throws {
        guard let record = journal.snapshots.first(where: { $0.name == name }), record.hash != hash
        else { return }
        throw Fault(
            .refused,
            "\(name) isn't the file that was taken on \(record.taken): it was altered, or is"
                + " another of the name (SHA-256 \(hash.prefix(12))…, not"
                + " \(record.hash.prefix(12))…)",
            hint: "Nothing was touched. Use another copy or another snapshot.")
    }

    private func read(
        _ file: ScratchFile, _ name: String, _ known: [KeyRecord], _ sealed: SealedArchive?
    ) async throws -> SnapshotReading.Outcome {
        let outcome: SnapshotReading.Outcome
        do {
            outcome = try await SnapshotReading(
                records: known, sealed: sealed, prefix: try await snapshots.etcdPrefix(),
                passphrase: passphrase, report: report
            ).read(try file.reopened(), as: name)
        } catch let fault as Fault where fault.code == .corrupt {
            throw Fault(
                .refused, "\(name) can't be restored: \(fault.message)",
                hint: "Nothing was touched. Use another copy or another snapshot.", cause: fault)
        }
        guard outcome.contents.seal == .intact else {
            throw Fault(
                .refused,
                "\(name) can't be restored: etcd's own SHA-256 isn't at its end, so nobody knows"
                    + " whether it was altered",
                hint: "Nothing was touched. It was copied from a data directory, or cut short. Use"
                    + " another snapshot.")
        }
        guard !outcome.contents.counts.isEmpty else {
            throw Fault(
                .refused, "\(name) holds nothing of a Kubernetes cluster",
                hint: "Nothing was touched. orchestrator etcd snapshot-inspect tells what is in it."
            )
        }
        return outcome
    }

    /// What the API servers have: as recorded, else as all of them show.
    private func deployed() async throws -> ProviderConfig? {
        if case .known(let config) = try await ports.journal.recordedConfig() { return config }
        let running = Set(try await ports.controlPlane.observe().map(\.observation.running))
        switch running.count == 1 ? running.first : nil {
        case .config(let config): return config
        case .unconfigured: return nil
        default:
            throw Fault(
                .refused,
                "what the API servers are to have can't be told: the state file doesn't say, and"
                    + " they don't agree",
                hint: "Nothing was touched. orchestrator encrypt status shows what is where.")
        }
    }

    /// A restore that is given up gives every server what is recorded. One that serves with something
    /// else may have written what the others can't read, and of that nothing would tell then.
    private func refuseDrift(from deployed: ProviderConfig?) async throws {
        let sights = await ports.controlPlane.look().compactMap { try? $0.result.get().observation }
        let drifted = sights.filter { $0.isReady && !$0.runs(with: deployed) }
        guard !drifted.isEmpty else { return }
        throw Fault(
            .refused,
            "API servers don't run with the provider config that is recorded:"
                + drifted.map { "\n  \($0.node): \($0.running.told)" }.joined(),
            hint: "Nothing was touched. orchestrator up brings them together; then run"
                + " \(SnapshotRestoring.command) again.")
    }

    private func members() async throws -> [RestoreMember] {
        guard !restoring.etcdNodes.isEmpty else {
            throw Fault(
                .refused, "no node of cluster.yml has the role etcd",
                hint: "Nothing was touched. An etcd that RKE doesn't run is restored by its own"
                    + " tools; orchestrator etcd snapshot-inspect tells which keys are needed.")
        }
        let members = try await restoring.members()
        let names = Set(members.map(\.name))
        guard names.count == members.count, !members.isEmpty else {
            throw Fault(
                .refused, "two etcd nodes run members of one name", hint: "Nothing was touched.")
        }
        if let other = members.first(where: { $0.members != names }) {
            throw Fault(
                .refused,
                "etcd's members aren't the etcd nodes of cluster.yml: it was started with"
                    + " \(other.members.sorted().joined(separator: ", ")), and the nodes run"
                    + " \(names.sorted().joined(separator: ", "))",
                hint: "Nothing was touched. Bring cluster.yml and the cluster together with RKE"
                    + " first.", node: other.node)
        }
        return members
    }
}
