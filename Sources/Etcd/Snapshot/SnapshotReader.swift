public import Basics
internal import Bolt
internal import Crypto
public import EncryptionModel

/// Reads snapshot files of etcd v3, however they came about: `etcdctl snapshot save`, RKE's, ours.
///
/// The memory needed depends neither on the file's length nor on that of values.
public struct SnapshotReader: Sendable {
    private let keys: [LocalKey]
    private let keyspace: EtcdKeyspace

    /// - Parameters:
    ///   - keys: those known, in force or not.
    ///   - prefix: kube-apiserver's `--etcd-prefix`.
    public init(keys: [LocalKey], prefix: String = "/registry") {
        self.keys = keys
        keyspace = EtcdKeyspace(prefix: prefix)
    }

    /// - Parameters:
    ///   - name: what the file is called, for messages.
    ///   - progress: is told the part that is done, from 0 to 1, now and then.
    /// - Throws: `Fault(.corrupt)` for what is no snapshot, was altered or was cut short.
    public func read(
        _ file: SeekableFile, as name: String,
        progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) async throws -> SnapshotContents {
        try await OwnThread.result(named: "snapshot") { checkCancellation in
            do {
                let seal = try SnapshotSeal(of: file) { part in
                    progress(part / 2)
                    try checkCancellation()
                }
                return try contents(of: file, seal) { part in
                    progress(0.5 + part / 2)
                    try checkCancellation()
                }
            } catch let damage as BoltDamage {
                throw Self.fault(damage, name)
            }
        }
    }

    private func contents(
        of file: SeekableFile, _ seal: SnapshotSeal, _ tick: (Double) throws -> Void
    ) throws -> SnapshotContents {
        let database = try BoltDatabase(file, trailer: seal.trailer)
        guard let bucket = try database.bucket("key") else {
            throw BoltDamage("it is a bbolt database, but none of etcd's: it has no bucket «key»")
        }
        let empty = SnapshotContents(
            size: file.size, fileHash: seal.fileHash, seal: seal.seal,
            compactedRevision: try Self.compacted(database),
            clusterVersion: try Self.clusterVersion(database))
        var parts = 1
        while true {
            var counting = SnapshotCounting(empty, keyspace, KeyRing(keys))
            var isWhole = true
            for part in 0..<parts where isWhole {
                isWhole = try counting.count(
                    database, bucket, part: part, of: parts,
                    tick: { try tick((Double(part) + $0) / Double(parts)) })
            }
            if isWhole { return counting.contents }
            // More keys than are remembered at once: each part of them by a reading of its own.
            parts *= 2
        }
    }

    /// The revision up to which it was compacted (bucket `meta`, server/mvcc/kvstore.go).
    private static func compacted(_ database: BoltDatabase) throws -> Int64? {
        guard let meta = try database.bucket("meta"),
            let value = try database.value(of: "finishedCompactRev", in: meta), value.count >= 8
        else { return nil }
        return Int64(bitPattern: value.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    private static func clusterVersion(_ database: BoltDatabase) throws -> String? {
        guard let cluster = try database.bucket("cluster"),
            let value = try database.value(of: "clusterVersion", in: cluster), value.count < 64
        else { return nil }
        return String(validating: value, as: UTF8.self)
            .flatMap { $0.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") } ? $0 : nil }
    }

    private static func fault(_ damage: BoltDamage, _ name: String) -> Fault {
        Fault(
            .corrupt, "this can't be read as a snapshot of etcd: \(damage)",
            hint: "Nothing was touched. Take another copy, from another node or from where it was"
                + " taken to.",
            place: Fault.Place(file: name), cause: damage)
    }
}
