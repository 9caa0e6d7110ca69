public import Basics
internal import EncryptionModel
internal import Etcd
internal import Transition

/// Asks whoever sits there for the passphrase of the sealed keys; nil: nobody is there to ask.
public typealias PassphrasePrompt = @Sendable () async throws -> SecretBytes?

/// Reads a snapshot with all keys that are known: those of the state file, those of the state file
/// within RKE's archive, and the sealed ones where they are needed.
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
        /// Nil where it isn't from an archive.
        let archived: ArchivedKeys?
        /// The snapshot itself, where it was in an archive.
        let unpacked: ScratchFile?
    }

    /// - Parameters:
    ///   - file: a snapshot, or RKE's archive of one.
    ///   - name: what it is called.
    func read(_ file: SeekableFile, as name: String) async throws -> Outcome {
        let archive = try await SnapshotArchive.unpack(file, named: name) {
            report(.working("unpacking \(name)", part: $0))
        }
        var archived: ArchivedKeys?
        if let archive { archived = try await ArchivedKeys.read(archive, besides: records) }
        let snapshot = try archive?.snapshot.reopened() ?? file
        var known = records + (archived?.records ?? [])
        var contents = try await read(snapshot, name, known)
        let needed = contents.unreadable.keys
        var candidates = (sealed?.keys ?? []).filter { needed.contains($0.storedForm) }
        if let sealed, !candidates.isEmpty, let passphrase = try await passphrase() {
            let seal = try await ArchiveSeal.open(sealed, passphrase)
            known += try candidates.map(seal.open)
            contents = try await read(snapshot, name, known)
            candidates = []
        }
        return Outcome(
            contents: contents, known: known, stillSealed: candidates, archived: archived,
            unpacked: archive?.snapshot)
    }

    private func read(
        _ file: SeekableFile, _ name: String, _ records: [KeyRecord]
    ) async throws -> SnapshotContents {
        try await SnapshotReader(keys: records.map(\.key), prefix: prefix)
            .read(file, as: name) { report(.working("reading \(name)", part: $0)) }
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
