internal import Basics
internal import Bolt
internal import EncryptionModel

/// Counts what is in a snapshot, newest revisions first: the first one of a key is the current one.
struct SnapshotCounting {
    private(set) var contents: SnapshotContents
    private let keyspace: EtcdKeyspace
    private let ring: KeyRing
    private let root: [UInt8]
    private let clusterKey: [UInt8]

    /// How many keys are remembered at once, 16 bytes each.
    private static let keysAtOnce = 500_000
    /// How many different resources and forms are told apart; no cluster has so many.
    private static let differentCounts = 20_000

    init(_ empty: SnapshotContents, _ keyspace: EtcdKeyspace, _ ring: KeyRing) {
        contents = empty
        self.keyspace = keyspace
        self.ring = ring
        root = Array((keyspace.prefix == "/" ? "/" : keyspace.prefix + "/").utf8)
        clusterKey = root + Array("namespaces/kube-system".utf8)
    }

    /// Counts the keys of one part out of so many.
    ///
    /// - Returns: false where the part has more keys than are remembered at once.
    mutating func count(
        _ database: BoltDatabase, _ bucket: BoltDatabase.Bucket, part: Int, of parts: Int,
        tick: (Double) throws -> Void
    ) throws -> Bool {
        var seen = Set<KeyMark>()
        var newest: Int64?
        var looked = 0
        try database.forEachBackwards(in: bucket) { revision, keyValue in
            guard let stored = StoredRevision(revision: revision, keyValue: keyValue) else {
                throw BoltDamage("an entry of bucket «key» is none that etcd writes")
            }
            if newest == nil { newest = stored.main }
            looked += 1
            if looked % 4096 == 0 {
                try tick(1 - Double(stored.main) / Double(max(1, newest ?? 1)))
            }
            let mark = KeyMark(stored.key)
            guard mark.part(of: parts) == part else { return true }
            let isNewest = seen.insert(mark).inserted
            guard seen.count <= Self.keysAtOnce else { return false }
            if !stored.isDeletion { try take(stored, isNewest ? \.current : \.older) }
            return true
        }
        contents.revision = max(contents.revision, newest ?? 0)
        return seen.count <= Self.keysAtOnce
    }

    private mutating func take(
        _ stored: StoredRevision, _ part: WritableKeyPath<SnapshotContents.Count, Int>
    ) throws {
        guard stored.key.starts(with: root) else {
            contents.foreign[keyPath: part] += 1
            return
        }
        let resource = keyspace.resource(of: stored.key.dropFirst(root.count))
        let form = StoredForm(firstBytesOf: stored.value)
        contents.counts[resource, default: [:]][form, default: .init()][keyPath: part] += 1
        guard contents.counts.count + contents.readability.count <= Self.differentCounts else {
            throw BoltDamage("it has more kinds of objects and keys than any cluster")
        }
        var opened: SecretBytes?
        if form != .plaintext {
            let found = ring.open(stored.value, in: form, at: stored.key)
            if let key = found?.key {
                contents.readability[form, default: .init()]
                    .opened[key, default: .init()][keyPath: part] += 1
            } else {
                contents.readability[form, default: .init()].closed[keyPath: part] += 1
            }
            opened = found?.plaintext
        }
        if contents.clusterUID == nil, part == \.current, stored.key.elementsEqual(clusterKey) {
            contents.clusterUID =
                form == .plaintext
                ? NamespaceUID.read(stored.value)
                : opened?.withUnsafeBytes(NamespaceUID.read)
        }
    }
}

/// Stands for a key of etcd in 16 bytes. Two keys of one mark would be taken for one; with 128 bits
/// seeded by chance nobody can make such, and they don't happen.
private struct KeyMark: Hashable {
    private let high: UInt64
    private let low: UInt64

    init(_ key: UnsafeRawBufferPointer) {
        func half(_ salt: UInt8) -> UInt64 {
            var hasher = Hasher()
            hasher.combine(salt)
            hasher.combine(bytes: key)
            return UInt64(bitPattern: Int64(hasher.finalize()))
        }
        (high, low) = (half(1), half(2))
    }

    func part(of parts: Int) -> Int { Int(high % UInt64(parts)) }
}
