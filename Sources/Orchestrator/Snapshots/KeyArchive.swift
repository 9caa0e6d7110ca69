public import Basics
internal import EncryptionModel
public import Transition

/// One key as `encrypt keys` shows it.
public struct ListedKey: Sendable {
    public enum State: String, Sendable, Hashable {
        /// The first of a chain.
        case writes
        /// In the provider config, but not first.
        case reads
        /// Of an operation under way, not on the nodes yet.
        case coming
        /// Only in the state file.
        case archived
    }

    public let record: KeyRecord
    public let state: State
    /// The known snapshots that can't be restored without it.
    public let snapshots: [SnapshotRecord]
}

/// What `encrypt keys` shows.
public struct KeyList: Sendable {
    public let keys: [ListedKey]
    /// Retired ones under the passphrase, with the known snapshots that need them.
    public let sealed: [(key: SealedArchive.Key, snapshots: [SnapshotRecord])]
    public let now: Timestamp
}

/// The keys of the state file, and what needs them.
public struct KeyArchive: Sendable {
    let journalPort: any JournalPort
    let wanted: Wanted
    /// What the nodes have; nil: they aren't asked.
    let listing: SnapshotListing?
    let clock: WallClock

    public init(
        journal: any JournalPort, wanted: Wanted, listing: SnapshotListing? = nil,
        clock: WallClock = .system
    ) {
        journalPort = journal
        self.wanted = wanted
        self.listing = listing
        self.clock = clock
    }

    /// Every key, with the moment by which its age is told.
    public func report() async throws -> KeyList {
        let journal = try await journalPort.load()
        let sealed = (journal.sealed?.keys ?? []).map { key in
            (
                key: key,
                snapshots: journal.snapshots.filter { $0.neededKeys.contains(key.fingerprint) }
            )
        }
        return KeyList(keys: try await list(), sealed: sealed, now: clock.now())
    }

    /// Every key, oldest first.
    private func list() async throws -> [ListedKey] {
        let journal = try await journalPort.load()
        let recorded: ProviderConfig? =
            if case .known(let config) = try await journalPort.recordedConfig() { config } else {
                nil
            }
        var records = journal.keys
        for key in try await journalPort.recordedKeys()
        where !records.contains(where: { $0.key == key }) {
            records.append(KeyRecord(key: key, created: .unknown, createdBy: "RKE's state"))
        }
        let writers = Set((recorded?.rules ?? []).compactMap(\.chain.writer.localKey))
        let readers = Set(recorded?.keys ?? [])
        let keys = records.map { record in
            let state: ListedKey.State =
                if writers.contains(record.key) { .writes } else if readers.contains(record.key) {
                    .reads
                } else if journal.operation?.to?.keys.contains(record.key) == true {
                    .coming
                } else { .archived }
            return ListedKey(
                record: record, state: state, snapshots: journal.snapshots(needing: record.key))
        }
        return keys.sorted { $0.record.created < $1.record.created }
    }

    private static let forgetting = "orchestrator encrypt keys forget"

    /// Removes an archived key for good.
    ///
    /// - Parameter key: from `candidate`.
    public func forget(_ key: ListedKey) async throws -> ListedKey {
        var journal = try await journalPort.load()
        journal.keys.removeAll { $0.key == key.record.key }
        journal.forgotten.append(ForgottenKey(key.record, at: clock.now()))
        try await journalPort.save(journal, configs: nil)
        return key
    }

    /// The key that may be forgotten.
    ///
    /// - Parameters:
    ///   - fingerprint: or its beginning, at least 6 digits.
    ///   - isForced: also where a known snapshot needs it.
    /// - Throws: `Fault`, `.refused` where it is in use or needed, `.notFound`.
    public func candidate(_ fingerprint: String, isForced: Bool) async throws -> ListedKey {
        let key = try await key(fingerprint)
        try await refuseInUse(key)
        guard !isForced else { return key }
        try await refuseUnknown(key)
        guard key.snapshots.isEmpty else {
            let names = key.snapshots.map(\.name)
            throw Fault(
                .refused,
                "\(key.record.key) is needed by \(names.count) known snapshot"
                    + "\(names.count == 1 ? "" : "s"): \(names.prefix(10).joined(separator: ", "))",
                hint:
                    "Nothing was touched. Without it they can never be restored. Remove them first"
                    + " (orchestrator etcd snapshot-remove), or give them up with --force.")
        }
        return key
    }

    /// What lies on the nodes and the journal doesn't know: taken from elsewhere, or by RKE.
    private func refuseUnknown(_ key: ListedKey) async throws {
        guard let listing else { return }
        let list = try await listing.run()
        if let fault = list.faults.first { throw fault }
        let unknown = list.snapshots.filter { !$0.isRecorded }.filter { snapshot in
            snapshot.record.map { $0.needs(key.record.key) } ?? true
        }
        guard !unknown.isEmpty else { return }
        throw Fault(
            .refused,
            "snapshots on the nodes need \(key.record.key), or may: "
                + (unknown.map(\.name) + key.snapshots.map(\.name)).prefix(10)
                .joined(separator: ", "),
            hint: "Nothing was touched. orchestrator etcd snapshot-inspect NAME tells what one"
                + " needs. Remove them first (orchestrator etcd snapshot-remove), or give them up"
                + " with --force.")
    }

    private func key(_ fingerprint: String) async throws -> ListedKey {
        let digits = fingerprint.lowercased()
        guard (6...12).contains(digits.count), digits.allSatisfy(\.isHexDigit) else {
            throw Fault(
                .usage, "\(fingerprint.prefix(64).debugDescription) is no fingerprint of a key",
                hint: "orchestrator encrypt keys lists them; the first 6 digits are enough.")
        }
        let found = try await list().filter {
            $0.record.key.fingerprint.hex.hasPrefix(digits)
        }
        let sealed = try await journalPort.load().sealed?.keys ?? []
        if let key = sealed.first(where: { $0.fingerprint.hasPrefix(digits) }) {
            throw Fault(
                .refused, "\(key.name) (\(key.fingerprint)) is sealed",
                hint: "Nothing was touched. orchestrator encrypt keys unseal first.")
        }
        guard let key = found.first else {
            throw Fault(
                .notFound, "there is no key with the fingerprint \(digits)",
                hint: "orchestrator encrypt keys lists them.")
        }
        guard found.count == 1 else {
            throw Fault(
                .usage, "\(found.count) keys have fingerprints that begin with \(digits)",
                hint: "Give more digits.")
        }
        return key
    }

    private func refuseInUse(_ key: ListedKey) async throws {
        guard key.state == .archived else {
            throw Fault(
                .refused, "\(key.record.key) is in use (\(key.state.rawValue))",
                hint: "Nothing was touched. Rotate first (orchestrator encrypt rotate-key), then"
                    + " the former key can be forgotten.")
        }
        // What RKE's members of the state file don't name may be in force all the same: they may
        // have been lost, or never been read.
        guard key.record.retired != nil else {
            throw Fault(
                .refused, "\(key.record.key) was never retired, as far as is known",
                hint: "Nothing was touched. orchestrator encrypt status shows what the API servers"
                    + " run with; orchestrator up brings the state file up to date.")
        }
        if namedKeys.contains(key.record.key) {
            throw Fault(
                .refused, "cluster.yml still names \(key.record.key)",
                hint: "Nothing was touched. Only by its record is it known that another key took"
                    + " its place; take it out of cluster.yml first.")
        }
        let journal = try await journalPort.load()
        guard !journal.keys.descendants(of: namedKeys).contains(key.record.key) else {
            throw Fault(
                .refused, "\(key.record.key) took the place of a key that cluster.yml still names",
                hint: "Nothing was touched. Only by its record is it known which key took its"
                    + " place in turn; name that one in cluster.yml first.")
        }
        if let restore = journal.restore {
            throw Refusal.restoring(restore).fault(naming: [], to: Self.forgetting)
        }
        if let operation = journal.operation {
            throw Refusal.unfinished(operation).fault(naming: [], to: Self.forgetting)
        }
    }
}
