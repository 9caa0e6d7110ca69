internal import Basics
internal import Crypto
internal import EncryptionModel
internal import Transition

/// Seals retired keys and opens them again: scrypt makes a key of the passphrase, AES-256-GCM does
/// the rest, each key's own fingerprint authenticated with it.
struct ArchiveSeal {
    /// 128 MiB and some tenths of a second for each guess.
    private static let cost: (n: UInt64, r: UInt32, p: UInt32) = (1 << 17, 8, 1)
    private static let checked = "orchestrator: sealed keys"
    static let shortestPassphrase = 10

    private let key: SecretBytes
    private let derivation: SealedArchive.Derivation

    /// A new one.
    static func make(_ passphrase: SecretBytes) async throws -> ArchiveSeal {
        guard passphrase.count >= shortestPassphrase else {
            throw Fault(
                .refused, "the passphrase has \(passphrase.count) bytes",
                hint: "Nothing was touched. Use \(shortestPassphrase) at least; it is all that"
                    + " keeps whoever has the state file from the keys.")
        }
        let salt = try SecretBytes.random(count: 32).exposedBytes()
        return try await ArchiveSeal(
            passphrase, SealedArchive.Derivation(salt: salt, n: cost.n, r: cost.r, p: cost.p))
    }

    /// That of an archive.
    ///
    /// - Throws: `Fault(.denied)` for another passphrase.
    static func open(_ archive: SealedArchive, _ passphrase: SecretBytes) async throws
        -> ArchiveSeal
    {
        let seal = try await ArchiveSeal(passphrase, archive.derivation)
        guard seal.unbox(archive.check, of: checked) != nil else {
            throw Fault(
                .denied, "the passphrase isn't that of the sealed keys",
                hint: "Nothing was touched.")
        }
        return seal
    }

    private init(_ passphrase: SecretBytes, _ derivation: SealedArchive.Derivation) async throws {
        self.derivation = derivation
        key = try await OwnThread.result(named: "scrypt") { _ in
            try Scrypt.deriveKey(
                passphrase: passphrase, salt: derivation.salt, n: derivation.n, r: derivation.r,
                p: derivation.p, length: 32)
        }
    }

    /// With these keys sealed in it.
    func archive(_ keys: [SealedArchive.Key]) throws -> SealedArchive {
        SealedArchive(
            derivation: derivation,
            check: try AESGCM.seal(
                SecretBytes(copying: Self.checked.utf8), key: key,
                authenticating: Array(Self.checked.utf8)),
            keys: keys)
    }

    func seal(_ record: KeyRecord) throws -> SealedArchive.Key {
        let box = try AESGCM.seal(
            record.key.secret, key: key,
            authenticating: Array(record.key.fingerprint.hex.utf8))
        return SealedArchive.Key(record, box: box)
    }

    /// - Throws: `Fault(.corrupt)` for one that was altered.
    func open(_ sealed: SealedArchive.Key) throws -> KeyRecord {
        let secret = unbox(sealed.box, of: sealed.fingerprint)
        let key = secret.map {
            LocalKey(provider: sealed.provider, name: sealed.name, secret: $0)
        }
        guard let key, key.fingerprint.hex == sealed.fingerprint else {
            throw Fault(.corrupt, "the sealed key \(sealed.name) was altered")
        }
        return KeyRecord(
            key: key, created: sealed.created, createdBy: sealed.createdBy,
            retired: sealed.retired, retiredBy: sealed.retiredBy, successor: sealed.successor)
    }

    private func unbox(_ box: [UInt8], of name: String) -> SecretBytes? {
        box.withUnsafeBytes { AESGCM.open($0, key: key, authenticating: Array(name.utf8)) }
    }
}
