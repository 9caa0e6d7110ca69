public import Basics
internal import ClusterFiles
internal import ControlPlane
internal import Crypto
internal import EncryptionModel
internal import Etcd
public import Transition

/// What `etcd snapshot-save` made.
public struct SnapshotSaved: Sendable {
    public let record: SnapshotRecord
    /// The copy on this machine; nil where none was asked for.
    public let localPath: String?
    /// What of it the known keys can't read, and what else is to be known.
    public let findings: [String]
}

/// Takes a snapshot of etcd, reads what is in it, and puts it on every etcd node.
public struct SnapshotSaving: Sendable {
    let ports: Ports
    let snapshots: any SnapshotPort
    let clock: WallClock
    let report: EventHandler

    public init(
        ports: Ports, snapshots: any SnapshotPort, clock: WallClock = .system,
        report: @escaping EventHandler
    ) {
        self.ports = ports
        self.snapshots = snapshots
        self.clock = clock
        self.report = report
    }

    public static let command = "orchestrator etcd snapshot-save"

    /// - Throws: `Fault(.refused)` where there is no node to put a snapshot on.
    public func check() throws {
        guard snapshots.nodes.isEmpty else { return }
        throw Fault(
            .refused, "no node of cluster.yml has the role etcd, to put a snapshot on",
            hint: "Nothing was touched. \(Self.command) --local FOLDER keeps one on this machine.")
    }

    /// Takes one and writes it down in the journal.
    ///
    /// - Parameters:
    ///   - name: nil: by the time, as RKE does.
    ///   - folder: on this machine, for a further copy.
    public func run(name: String?, folder: String?) async throws -> SnapshotSaved {
        var journal = try await ports.journal.load()
        let saved = try await take(name: name, folder: folder, journal: journal)
        journal.snapshots.append(saved.record)
        try await ports.journal.save(journal, configs: nil)
        Failpoint.pass("snapshot.recorded")
        let missing = snapshots.nodes.map(\.name).filter { !saved.record.nodes.contains($0) }
        guard missing.isEmpty else {
            throw Fault(
                .failed,
                "the snapshot \(saved.record.name) was taken and is on"
                    + " \(saved.record.nodes.joined(separator: ", ")), but not on"
                    + " \(missing.joined(separator: ", "))",
                hint: "It can be restored from there all the same. Mend what was warned of and take"
                    + " another.")
        }
        return saved
    }

    /// Takes one; writing it down is the caller's.
    func take(name: String?, folder: String? = nil, journal: Journal) async throws -> SnapshotSaved
    {
        let now = clock.now()
        let name = try name.map { try SnapshotName($0) } ?? SnapshotName.made(at: now)
        guard let name else { throw Fault(.failed, "the clock gives no name for a snapshot") }
        if folder == nil { try check() }
        try await checkFree(name, journal)
        let version = await ports.controlPlane.look().lazy
            .compactMap { try? $0.result.get().serverVersion }.first
        let (file, path) = try await fetch(name, folder)
        var known = journal.keys.map(\.key)
        known += try await ports.journal.recordedKeys().filter { !known.contains($0) }
        let contents = try await SnapshotReader(
            keys: known, prefix: try await snapshots.etcdPrefix()
        ).read(try file.reopened(), as: name.text) { report(.working("reading \(name)", part: $0)) }
        try check(contents, journal)
        let record = record(name, contents, journal, version, at: now)
        let nodes = try await distribute(file, record)
        Failpoint.pass("snapshot.distributed")
        return SnapshotSaved(
            record: record.on(nodes), localPath: path, findings: findings(contents, known))
    }

    private func checkFree(_ name: SnapshotName, _ journal: Journal) async throws {
        guard journal.snapshots.contains(where: { $0.name == name.text }) else { return }
        throw Fault(
            .refused, "there is a snapshot \(name) already",
            hint: "Nothing was touched. Choose another --name.")
    }

    private func fetch(
        _ name: SnapshotName, _ folder: String?
    ) async throws -> (file: NewFile, path: String?) {
        let path = folder.map { $0.hasSuffix("/") ? "\($0)\(name)" : "\($0)/\(name)" }
        report(.step("Taking the snapshot \(name)"))
        let file = try await snapshots.take(
            into: { try path.map { try NewFile(path: $0) } ?? ScratchFile.make().file },
            progress: { report(.working("taking \(name)", part: $0)) })
        Failpoint.pass("snapshot.taken")
        return (file, path)
    }

    private func check(_ contents: SnapshotContents, _ journal: Journal) throws {
        guard contents.seal == .intact else {
            throw Fault(.corrupt, "etcd sent a snapshot without its SHA-256")
        }
        guard let uid = contents.clusterUID, let own = journal.clusterUID, uid != own else {
            return
        }
        throw Fault(
            .refused,
            "this etcd isn't that of the cluster in the state file: its namespace kube-system has"
                + " the UID \(uid), not \(own)",
            hint: "Nothing was touched. Is this the right cluster.yml, and the state file of it?")
    }

    private func record(
        _ name: SnapshotName, _ contents: SnapshotContents, _ journal: Journal,
        _ kubernetesVersion: String?, at now: Timestamp
    ) -> SnapshotRecord {
        let opened = contents.readability.values.flatMap(\.opened)
        let needed = Set(contents.neededKeys)
        let history = Set(opened.filter { $0.value.older > 0 }.map(\.key)).subtracting(needed)
        return SnapshotRecord(
            name: name.text, taken: now, hash: contents.fileHash.hex, size: contents.size,
            revision: contents.revision, etcdVersion: contents.clusterVersion,
            kubernetesVersion: kubernetesVersion, clusterUID: contents.clusterUID, nodes: [],
            counts: contents.evidence.counts,
            neededKeys: needed.map(\.fingerprint.hex).sorted(),
            historyKeys: history.map(\.fingerprint.hex).sorted(),
            midst: journal.operation.map {
                .init(operation: $0.id, kind: $0.kind, stage: $0.stage)
            })
    }

    /// - Returns: the nodes that have it, with its manifest.
    private func distribute(_ file: NewFile, _ record: SnapshotRecord) async throws -> [String] {
        let nodes = snapshots.nodes.map(\.name)
        let manifest = try SnapshotManifest.encode(record.on(nodes))
        let note = try ScratchFile.make()
        try manifest.withUnsafeBytes { try note.file.write($0) }
        let failures = await withTaskGroup(of: (String, Fault)?.self) { group in
            for node in nodes {
                group.addTask {
                    do {
                        try await put(file, record.name, record.hash, node)
                        try await put(
                            note.file, SnapshotManifest.fileName(for: record.name),
                            SHA256.digest(manifest).hex, node)
                        return nil
                    } catch { return (node, Fault(error)) }
                }
            }
            return await group.reduce(into: [String: Fault]()) { faults, failure in
                if let failure { faults[failure.0] = failure.1 }
            }
        }
        try Task.checkCancellation()
        let faults = nodes.compactMap { failures[$0] }
        for fault in faults { report(.warning("\(fault)")) }
        if faults.count == nodes.count, let first = faults.first { throw first }
        return nodes.filter { failures[$0] == nil }
    }

    /// What didn't arrive as it was sent is sent once more.
    private func put(_ file: NewFile, _ name: String, _ hash: String, _ node: String) async throws {
        let send = {
            try await snapshots.put(
                try file.reopened(), as: name, hash: hash, on: node
            ) { report(.working("putting \(name) on \(node)", part: $0)) }
        }
        do {
            try await send()
        } catch let fault as Fault where fault.code == .discrepancy {
            try await send()
        }
    }

    private func findings(_ contents: SnapshotContents, _ known: [LocalKey]) -> [String] {
        let records = known.map { KeyRecord(key: $0, created: .unknown, createdBy: "") }
        return SnapshotVerdict(contents, known: records).obstacles.map(\.told)
    }
}

extension SnapshotRecord {
    func on(_ nodes: [String]) -> SnapshotRecord {
        SnapshotRecord(
            name: name, taken: taken, hash: hash, size: size, revision: revision,
            etcdVersion: etcdVersion, kubernetesVersion: kubernetesVersion, clusterUID: clusterUID,
            nodes: nodes, counts: counts, neededKeys: neededKeys, historyKeys: historyKeys,
            midst: midst)
    }
}
