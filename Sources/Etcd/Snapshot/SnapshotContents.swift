public import Crypto
public import EncryptionModel

/// What a snapshot file holds, read from the file itself.
public struct SnapshotContents: Sendable {
    /// Whether etcd's own hash over the file says that it is as etcd wrote it.
    public enum Seal: String, Sendable, Hashable {
        /// The SHA-256 that etcd appends is right.
        case intact
        /// There is none: it was copied from a member's data directory. Its pages make sense, which
        /// doesn't tell whether a value was altered.
        case none
    }

    /// How many stored revisions of one form there are.
    public struct Count: Sendable, Hashable {
        /// The newest of a key that isn't deleted: what a restored cluster will have.
        public var current = 0
        /// What etcd keeps until it is compacted.
        public var older = 0

        public init(current: Int = 0, older: Int = 0) {
            (self.current, self.older) = (current, older)
        }

        public var total: Int { current + older }
    }

    /// What the known keys can do with the values of one stored form.
    public struct Readability: Sendable, Hashable {
        /// By the key that really opened them.
        public var opened: [LocalKey: Count] = [:]
        /// That no known key opens.
        public var closed = Count()

        public init() {}
    }

    /// Of the file, in bytes.
    public let size: Int
    /// SHA-256 of the whole file.
    public let fileHash: SHA256Digest
    public let seal: Seal
    /// etcd's revision when it was taken.
    public internal(set) var revision: Int64 = 0
    /// Nothing of before this revision is in it but what was current then; nil: never compacted.
    public let compactedRevision: Int64?
    /// As the members had agreed: `3.4.0`.
    public let clusterVersion: String?
    /// Of namespace `kube-system`; nil where it isn't there or can't be opened.
    public internal(set) var clusterUID: String?
    public internal(set) var counts: [GroupResource: [StoredForm: Count]] = [:]
    /// For every encrypted form.
    public internal(set) var readability: [StoredForm: Readability] = [:]
    /// Revisions of keys outside of Kubernetes' prefix.
    public internal(set) var foreign = Count()

    init(
        size: Int, fileHash: SHA256Digest, seal: Seal, compactedRevision: Int64?,
        clusterVersion: String?
    ) {
        self.size = size
        self.fileHash = fileHash
        self.seal = seal
        self.compactedRevision = compactedRevision
        self.clusterVersion = clusterVersion
    }
}

extension SnapshotContents {
    /// What a restored cluster would hold.
    public var evidence: Evidence { evidence(\.current) }

    /// What is in the file besides that.
    public var history: Evidence { evidence(\.older) }

    private func evidence(_ part: KeyPath<Count, Int>) -> Evidence {
        Evidence(
            counts: counts.mapValues { forms in
                forms.mapValues { $0[keyPath: part] }.filter { $0.value > 0 }
            }.filter { !$0.value.isEmpty }, revision: revision)
    }

    /// The keys that a cluster restored from it must have, of those that are known.
    public var neededKeys: [LocalKey] {
        let needed = readability.values.flatMap { $0.opened.filter { $0.value.current > 0 }.keys }
        return Set(needed).sorted { $0.description < $1.description }
    }

    /// What is encrypted and current in it and can't be opened by any known key.
    public var unreadable: [StoredForm: Int] {
        readability.mapValues(\.closed.current).filter { $0.value > 0 }
    }
}
