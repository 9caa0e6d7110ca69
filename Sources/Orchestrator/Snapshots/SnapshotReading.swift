public import Basics
internal import EncryptionModel
internal import Etcd
internal import Transition

/// Asks whoever sits there for the passphrase of the sealed keys; nil: nobody is there to ask.
public typealias PassphrasePrompt = @Sendable () async throws -> SecretBytes?

/// Reads a snapshot with all keys that are known, the sealed ones only where they are needed.
struct SnapshotReading {
    let records: [KeyRecord]
    let sealed: SealedArchive?
    let prefix: String
    let passphrase: PassphrasePrompt
    let report: EventHandler

    /// What a snapshot holds, and the keys that were tried.
    struct Outcome {
        let contents: SnapshotContents
        let known: [KeyRecord]
        /// Sealed keys of names that are needed, and no passphrase was given.
        let stillSealed: [SealedArchive.Key]
    }

    /// - Parameter name: what the snapshot is called.
    func read(_ path: String, as name: String) async throws -> Outcome {
        let contents = try await read(path, name, records)
        let needed = contents.unreadable.keys
        let candidates = (sealed?.keys ?? []).filter { needed.contains($0.storedForm) }
        guard let sealed, !candidates.isEmpty else {
            return Outcome(contents: contents, known: records, stillSealed: [])
        }
        guard let passphrase = try await passphrase() else {
            return Outcome(contents: contents, known: records, stillSealed: candidates)
        }
        let seal = try await ArchiveSeal.open(sealed, passphrase)
        let known = records + (try candidates.map(seal.open))
        return Outcome(
            contents: try await read(path, name, known), known: known, stillSealed: [])
    }

    private func read(
        _ path: String, _ name: String, _ records: [KeyRecord]
    ) async throws -> SnapshotContents {
        try await SnapshotReader(keys: records.map(\.key), prefix: prefix)
            .read(path) { report(.working("reading \(name)", part: $0)) }
    }
}

extension [SealedArchive.Key] {
    /// For a finding or a hint; nil where there are none.
    var toldAsSealed: String? {
        guard !isEmpty else { return nil }
        let names = map { "\($0.name) (\($0.fingerprint))" }.joined(separator: ", ")
        return "sealed keys weren't tried: \(names); --passphrase-file opens them"
    }
}
