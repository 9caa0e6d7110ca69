public import Basics
public import EncryptionModel

/// What `cluster.rkestate` remembers of ours, from which any later run can continue.
public struct Journal: Sendable, Hashable {
    /// The UID of the cluster's namespace `kube-system`; nil until a cluster was seen.
    public var clusterUID: String?
    /// The work under way; nil when there is none.
    public var operation: Operation?
    /// Every key that was ever made or adopted, in order.
    public var keys: [KeyRecord]
    public var history: [HistoryEntry]
    /// Every snapshot that was taken here or looked at, until it is removed.
    public var snapshots: [SnapshotRecord]
    /// Keys that were removed for good.
    public var forgotten: [ForgottenKey]
    /// Retired keys under a passphrase; nil: none ever were.
    public var sealed: SealedArchive?
    /// The restore under way; nil when there is none.
    public var restore: Restore?

    public init(
        clusterUID: String? = nil, operation: Operation? = nil, keys: [KeyRecord] = [],
        history: [HistoryEntry] = [], snapshots: [SnapshotRecord] = [],
        forgotten: [ForgottenKey] = [], sealed: SealedArchive? = nil,
        restore: Restore? = nil
    ) {
        self.clusterUID = clusterUID
        self.operation = operation
        self.keys = keys
        self.history = history
        self.snapshots = snapshots
        self.forgotten = forgotten
        self.sealed = sealed
        self.restore = restore
    }
}

/// A key, kept as long as anything may need it.
public struct KeyRecord: Sendable, Hashable {
    public let key: LocalKey
    /// When it was made, or first seen where it was adopted.
    public let created: Timestamp
    /// The operation that brought it; or `adopted` for one that was found on the nodes.
    public let createdBy: String
    /// When it left the provider config; nil while it is in use (or about to be).
    public var retired: Timestamp?
    public var retiredBy: String?
    /// The fingerprint of the key that took its place, where it was rotated.
    public var successor: String?

    public init(
        key: LocalKey, created: Timestamp, createdBy: String, retired: Timestamp? = nil,
        retiredBy: String? = nil, successor: String? = nil
    ) {
        self.key = key
        self.created = created
        self.createdBy = createdBy
        self.retired = retired
        self.retiredBy = retiredBy
        self.successor = successor
    }
}

extension KeyRecord {
    /// `createdBy` of a key that was deployed before the state file knew of it.
    public static let adopted = "adopted"

    /// `createdBy` of a key that the user's own config brought.
    public static let custom = "custom config"
}

/// What is left of a key that was removed for good: enough to say why a snapshot can't be read.
public struct ForgottenKey: Sendable, Hashable {
    public let provider: LocalProvider
    public let name: String
    public let fingerprint: String
    public let retired: Timestamp?
    public let retiredBy: String?
    public let forgotten: Timestamp

    public init(
        provider: LocalProvider, name: String, fingerprint: String, retired: Timestamp?,
        retiredBy: String?, forgotten: Timestamp
    ) {
        self.provider = provider
        self.name = name
        self.fingerprint = fingerprint
        self.retired = retired
        self.retiredBy = retiredBy
        self.forgotten = forgotten
    }

    public init(_ record: KeyRecord, at time: Timestamp) {
        self.init(
            provider: record.key.provider, name: record.key.name,
            fingerprint: record.key.fingerprint.hex, retired: record.retired,
            retiredBy: record.retiredBy, forgotten: time)
    }
}

/// An operation that has ended.
public struct HistoryEntry: Sendable, Hashable {
    public let operation: String
    public let kind: OperationKind
    public let started: Timestamp
    public let finished: Timestamp
    /// What the administrator was told at the end, in one line.
    public let summary: String

    public init(
        operation: String, kind: OperationKind, started: Timestamp, finished: Timestamp,
        summary: String
    ) {
        self.operation = operation
        self.kind = kind
        self.started = started
        self.finished = finished
        self.summary = summary
    }
}
