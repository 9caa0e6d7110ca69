public import Basics
public import EncryptionModel

/// A snapshot of etcd as the journal knows it.
public struct SnapshotRecord: Sendable, Hashable {
    /// The operation that was under way when it was taken: then it needs the keys of both ends.
    public struct Midst: Sendable, Hashable {
        public let operation: String
        public let kind: OperationKind
        public let stage: StageName?

        public init(operation: String, kind: OperationKind, stage: StageName?) {
            self.operation = operation
            self.kind = kind
            self.stage = stage
        }
    }

    public let name: String
    public let taken: Timestamp
    /// SHA-256 of the file in hexadecimal.
    public let hash: String
    /// In bytes.
    public let size: Int
    /// etcd's.
    public let revision: Int64
    /// As the members had agreed: `3.4.0`.
    public let etcdVersion: String?
    public let kubernetesVersion: String?
    public let clusterUID: String?
    /// Names of the nodes that it was put on.
    public let nodes: [String]
    /// What a cluster restored from it will hold.
    public let counts: [GroupResource: [StoredForm: Int]]
    /// Fingerprints of the keys that it can't be restored without.
    public let neededKeys: [String]
    /// Fingerprints of those that only older revisions in it are under.
    public let historyKeys: [String]
    public let midst: Midst?

    public init(
        name: String, taken: Timestamp, hash: String, size: Int, revision: Int64,
        etcdVersion: String?, kubernetesVersion: String?, clusterUID: String?, nodes: [String],
        counts: [GroupResource: [StoredForm: Int]], neededKeys: [String], historyKeys: [String],
        midst: Midst?
    ) {
        self.name = name
        self.taken = taken
        self.hash = hash
        self.size = size
        self.revision = revision
        self.etcdVersion = etcdVersion
        self.kubernetesVersion = kubernetesVersion
        self.clusterUID = clusterUID
        self.nodes = nodes
        self.counts = counts
        self.neededKeys = neededKeys
        self.historyKeys = historyKeys
        self.midst = midst
    }

    public func needs(_ key: LocalKey) -> Bool { neededKeys.contains(key.fingerprint.hex) }
}

extension Journal {
    /// The known snapshots that can't be restored without the key, oldest first.
    public func snapshots(needing key: LocalKey) -> [SnapshotRecord] {
        snapshots.filter { $0.needs(key) }.sorted { $0.taken < $1.taken }
    }

    /// The keys that leave the provider config by the operation while known snapshots need them.
    public func snapshots(
        neededAfter operation: Operation
    ) -> [(key: LocalKey, snapshots: [SnapshotRecord])] {
        let kept = Set(operation.to?.keys ?? [])
        return (operation.from?.keys ?? []).filter { !kept.contains($0) }.compactMap { key in
            let snapshots = snapshots(needing: key)
            return snapshots.isEmpty ? nil : (key, snapshots)
        }
    }
}
