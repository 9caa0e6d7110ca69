internal import Basics
internal import Crypto
internal import EncryptionModel
internal import Transition

/// `Journal` as it is stored. Kept apart from the model, so that neither changes the other by
/// accident: a change here is a change of the file's format.
struct StoredJournal: Codable {
    var version: Int
    var clusterUID: String?
    var operation: StoredOperation?
    var keys: [StoredKey]
    var history: [StoredHistoryEntry]
    /// Absent is none: versions before 0.3 didn't write it.
    var snapshots: [StoredSnapshot]?
    var forgotten: [StoredForgottenKey]?
    var sealed: StoredArchive?
    var restore: StoredRestore?

    init(_ journal: Journal) throws {
        version = JournalCoding.version
        clusterUID = journal.clusterUID
        operation = try journal.operation.map(StoredOperation.init)
        keys = journal.keys.map(StoredKey.init)
        history = journal.history.map(StoredHistoryEntry.init)
        snapshots = journal.snapshots.isEmpty ? nil : journal.snapshots.map(StoredSnapshot.init)
        forgotten =
            journal.forgotten.isEmpty ? nil : journal.forgotten.map(StoredForgottenKey.init)
        sealed = journal.sealed.map(StoredArchive.init)
        restore = try journal.restore.map(StoredRestore.init)
    }

    func journal(file: String) throws -> Journal {
        let reader = StoredValueReader(file: file)
        return Journal(
            clusterUID: clusterUID, operation: try operation?.operation(reader),
            keys: try keys.map { try $0.record(reader) },
            history: try history.map { try $0.entry(reader) },
            snapshots: try (snapshots ?? []).map { try $0.record(reader) },
            forgotten: try (forgotten ?? []).map { try $0.key(reader) },
            sealed: try sealed?.archive(reader), restore: try restore?.restore(reader))
    }
}

struct StoredKey: Codable {
    var name: String
    var provider: String
    /// Standard base64.
    var secret: String
    /// Redundant on purpose: it tells an altered file.
    var fingerprint: String
    var created: String
    var createdBy: String
    var retired: String?
    var retiredBy: String?
    /// A fingerprint.
    var successor: String?

    init(_ record: KeyRecord) {
        name = record.key.name
        provider = record.key.provider.rawValue
        secret = Base64.encode(record.key.secret).exposedText() ?? ""
        fingerprint = record.key.fingerprint.hex
        created = record.created.stored
        createdBy = record.createdBy
        retired = record.retired?.stored
        retiredBy = record.retiredBy
        successor = record.successor
    }

    func record(_ reader: StoredValueReader) throws -> KeyRecord {
        guard let secret = Base64.decode(secret) else {
            throw reader.fault("the secret of the key \(name) is not base64")
        }
        let key = LocalKey(
            provider: try reader.word(provider, "the provider of the key \(name)"), name: name,
            secret: secret)
        guard key.fingerprint.hex == fingerprint else {
            throw reader.fault(
                "the key \(name) has the fingerprint \(key.fingerprint), not \(fingerprint) as "
                    + "recorded")
        }
        return KeyRecord(
            key: key, created: try reader.time(created), createdBy: createdBy,
            retired: try retired.map(reader.time), retiredBy: retiredBy,
            successor: successor)
    }
}

struct StoredHistoryEntry: Codable {
    var operation: String
    var kind: String
    var started: String
    var finished: String
    var summary: String

    init(_ entry: HistoryEntry) {
        operation = entry.operation
        kind = entry.kind.rawValue
        started = entry.started.stored
        finished = entry.finished.stored
        summary = entry.summary
    }

    func entry(_ reader: StoredValueReader) throws -> HistoryEntry {
        HistoryEntry(
            operation: operation, kind: try reader.word(kind, "the kind of \(operation)"),
            started: try reader.time(started), finished: try reader.time(finished),
            summary: summary)
    }
}

/// Reads single values of the journal, and says which one makes no sense.
struct StoredValueReader {
    let file: String

    func fault(_ what: String) -> Fault { StateFileFaults.contradiction(what, file: file) }

    func time(_ text: String) throws -> Timestamp {
        guard let time = Timestamp(rfc3339: text) else {
            throw fault("\"\(text.prefix(64))\" is not a time")
        }
        return time
    }

    func word<Word: RawRepresentable>(
        _ text: String, _ what: String
    ) throws -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: text) else {
            throw fault("\(what) is \"\(text.prefix(64))\", which isn't known")
        }
        return word
    }

    func resource(_ text: String) -> GroupResource {
        let parts = text.split(separator: ".", maxSplits: 1)
        return GroupResource(
            resource: parts.first.map(String.init) ?? text,
            group: parts.count > 1 ? String(parts[1]) : "")
    }
}

extension Timestamp {
    /// RFC 3339 to the nanosecond, where there are any.
    var stored: String {
        guard nanoseconds > 0 else { return description }
        let digits = String(nanoseconds)
        let fraction = String(repeating: "0", count: 9 - digits.count) + digits
        return "\(description.dropLast()).\(fraction)Z"
    }
}
