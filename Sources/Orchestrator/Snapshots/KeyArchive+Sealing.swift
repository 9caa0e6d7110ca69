public import Basics
internal import EncryptionModel
public import Transition

/// What `encrypt keys seal` or `unseal` did.
public struct SealingReport: Sendable {
    /// Sealed now that weren't, or the other way round.
    public let changed: [KeyRecord]
    /// How many are sealed now.
    public let sealedCount: Int
    /// Retired ones that stay as they are, since cluster.yml still names them, or one whose place
    /// they took.
    public let left: [KeyRecord]
}

extension KeyArchive {
    /// Seals every retired key under the passphrase. Where some are sealed already it has to be
    /// theirs.
    public func seal(_ passphrase: SecretBytes) async throws -> SealingReport {
        var journal = try await idleJournal()
        let seal: ArchiveSeal =
            if let sealed = journal.sealed { try await .open(sealed, passphrase) } else {
                try await .make(passphrase)
            }
        let inUse = Set(try await journalPort.recordedKeys())
        let retired = journal.keys.filter { $0.retired != nil && !inUse.contains($0.key) }
        let named = journal.keys.descendants(of: namedKeys)
        let left = retired.filter { named.contains($0.key) }
        let changed = retired.filter { !named.contains($0.key) }
        let keys = (journal.sealed?.keys ?? []) + (try changed.map(seal.seal))
        journal.sealed = try seal.archive(keys)
        journal.keys.removeAll { record in changed.contains { $0.key == record.key } }
        try await journalPort.save(journal, configs: nil)
        return SealingReport(changed: changed, sealedCount: keys.count, left: left)
    }

    /// Opens all sealed keys for good.
    public func unseal(_ passphrase: SecretBytes) async throws -> SealingReport {
        var journal = try await idleJournal()
        guard let sealed = journal.sealed else {
            throw Fault(.refused, "no keys are sealed", hint: "Nothing was touched.")
        }
        let seal = try await ArchiveSeal.open(sealed, passphrase)
        let opened = try sealed.keys.map(seal.open)
        journal.keys += opened.filter { record in
            !journal.keys.contains { $0.key == record.key }
        }
        journal.sealed = nil
        try await journalPort.save(journal, configs: nil)
        return SealingReport(changed: opened, sealedCount: 0, left: [])
    }

    /// Whether keys are sealed already, so that there is a passphrase to be known.
    public func isSealed() async throws -> Bool { try await journalPort.load().sealed != nil }

    /// What cluster.yml names. Only by their records, and by those of the keys after them, is it
    /// known which took their place.
    var namedKeys: [LocalKey] {
        if case .custom(let config) = wanted { config.keys } else { [] }
    }

    private func idleJournal() async throws -> Journal {
        let journal = try await journalPort.load()
        guard journal.operation == nil, journal.restore == nil else {
            throw Fault(
                .refused, "an operation is unfinished",
                hint: "Nothing was touched. Finish it or give it up first: orchestrator encrypt"
                    + " status tells how.")
        }
        return journal
    }
}
