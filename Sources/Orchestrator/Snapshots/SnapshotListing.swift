public import Basics
internal import ClusterFiles
internal import ControlPlane
public import EncryptionModel
public import Transition

/// One snapshot, wherever it is known from.
public struct ListedSnapshot: Sendable {
    /// Whether a cluster restored from it could be read now.
    public enum Verdict: Sendable, Hashable {
        case restorable
        /// With keys that aren't in force any more, but kept.
        case withArchivedKeys
        /// With keys that the passphrase opens.
        case withSealedKeys
        /// Fingerprints of keys that it needs and nobody has.
        case keysMissing([String])
        /// No record and no manifest says what is in it.
        case unknown
        /// No node has it.
        case gone
        /// The nodes have different files of the name.
        case differs
    }

    public let name: String
    /// By its record, else when the file was last written.
    public let taken: Timestamp
    /// In bytes.
    public let size: Int
    public let nodes: [String]
    /// What the journal or, where it knows nothing, the manifest says.
    public let record: SnapshotRecord?
    public let isRecorded: Bool
    public let verdict: Verdict
    /// Those of its keys that are known.
    public let keys: [LocalKey]
}

/// What `etcd snapshot-list` found.
public struct SnapshotList: Sendable {
    public let snapshots: [ListedSnapshot]
    /// How many nodes there are.
    public let nodeCount: Int
    /// Nodes that couldn't be asked.
    public let faults: [Fault]
}

/// Puts together what the nodes have and what the journal knows.
public struct SnapshotListing: Sendable {
    let ports: Ports
    let snapshots: any SnapshotPort

    public init(ports: Ports, snapshots: any SnapshotPort) {
        self.ports = ports
        self.snapshots = snapshots
    }

    public func run() async throws -> SnapshotList {
        let journal = try await ports.journal.load()
        let answers = await snapshots.list()
        var files: [String: [(node: String, file: SnapshotFile)]] = [:]
        var manifests: [String: String] = [:]
        for answer in answers {
            for file in (try? answer.result.get()) ?? [] {
                if let snapshot = Self.snapshot(ofManifest: file.name) {
                    manifests[snapshot] = manifests[snapshot] ?? answer.node
                } else {
                    files[file.name, default: []].append((answer.node, file))
                }
            }
        }
        let names = Set(files.keys).union(journal.snapshots.map(\.name))
        var listed: [ListedSnapshot] = []
        for name in names {
            var record = journal.snapshots.first { $0.name == name }
            let isRecorded = record != nil
            if record == nil, let node = manifests[name] {
                record = try? await manifest(of: name, from: node)
            }
            listed.append(
                Self.listed(
                    name, files[name] ?? [], record, isRecorded: isRecorded, journal: journal))
        }
        return SnapshotList(
            snapshots: listed.sorted { ($0.taken, $0.name) < ($1.taken, $1.name) },
            nodeCount: snapshots.nodes.count,
            faults: answers.compactMap {
                if case .failure(let fault) = $0.result { fault } else { nil }
            })
    }

    static func listed(
        _ name: String, _ files: [(node: String, file: SnapshotFile)], _ record: SnapshotRecord?,
        isRecorded: Bool, journal: Journal
    ) -> ListedSnapshot {
        let known = journal.keys.filter {
            record?.neededKeys.contains($0.key.fingerprint.hex) ?? false
        }
        let sealed = Set((journal.sealed?.keys ?? []).map(\.fingerprint))
        let needed = record?.neededKeys ?? []
        let missing = needed.filter { hex in
            !known.contains { $0.key.fingerprint.hex == hex } && !sealed.contains(hex)
        }
        let verdict: ListedSnapshot.Verdict =
            if files.isEmpty { .gone } else if Set(files.map(\.file.size)).count > 1 {
                .differs
            } else if record == nil { .unknown } else if !missing.isEmpty {
                .keysMissing(missing)
            } else if needed.contains(where: sealed.contains) {
                .withSealedKeys
            } else if known.contains(where: { $0.retired != nil }) {
                .withArchivedKeys
            } else { .restorable }
        return ListedSnapshot(
            name: name, taken: record?.taken ?? files.map(\.file.modified).min() ?? .unknown,
            size: files.first?.file.size ?? record?.size ?? 0, nodes: files.map(\.node),
            record: record, isRecorded: isRecorded, verdict: verdict, keys: known.map(\.key))
    }

    private static func snapshot(ofManifest file: String) -> String? {
        let suffix = SnapshotManifest.fileName(for: "")
        return file.hasSuffix(suffix) ? String(file.dropLast(suffix.count)) : nil
    }

    private func manifest(of name: String, from node: String) async throws -> SnapshotRecord {
        let scratch = try ScratchFile.make()
        let file = SnapshotManifest.fileName(for: name)
        try await snapshots.get(file, from: node, into: scratch.file) { _ in }
        let bytes = try await scratch.contents(limit: 1 << 20)
        return try SnapshotManifest.decode(bytes.exposedBytes(), file: "\(node): \(file)")
    }
}
