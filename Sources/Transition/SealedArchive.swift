public import Basics
public import EncryptionModel

/// Retired keys under a passphrase, so that the state file alone doesn't open old snapshots.
///
/// What isn't secret of them stays readable: which there are, since when, and which snapshots need
/// them. docs/snapshots.md has the form.
public struct SealedArchive: Sendable, Hashable {
    /// How the passphrase becomes a key (RFC 7914).
    public struct Derivation: Sendable, Hashable {
        public let salt: [UInt8]
        public let n: UInt64
        public let r: UInt32
        public let p: UInt32

        public init(salt: [UInt8], n: UInt64, r: UInt32, p: UInt32) {
            (self.salt, self.n, self.r, self.p) = (salt, n, r, p)
        }
    }

    public struct Key: Sendable, Hashable {
        public let provider: LocalProvider
        public let name: String
        public let fingerprint: String
        public let created: Timestamp
        public let createdBy: String
        public let retired: Timestamp?
        public let retiredBy: String?
        public let successor: String?
        /// The secret: nonce, AES-256-GCM's ciphertext and tag.
        public let box: [UInt8]

        public init(_ record: KeyRecord, box: [UInt8]) {
            self.init(
                provider: record.key.provider, name: record.key.name,
                fingerprint: record.key.fingerprint.hex, created: record.created,
                createdBy: record.createdBy, retired: record.retired, retiredBy: record.retiredBy,
                successor: record.successor, box: box)
        }

        public init(
            provider: LocalProvider, name: String, fingerprint: String, created: Timestamp,
            createdBy: String, retired: Timestamp?, retiredBy: String?, successor: String?,
            box: [UInt8]
        ) {
            self.provider = provider
            self.name = name
            self.fingerprint = fingerprint
            self.created = created
            self.createdBy = createdBy
            self.retired = retired
            self.retiredBy = retiredBy
            self.successor = successor
            self.box = box
        }

        /// How a value that it wrote begins in etcd.
        public var storedForm: StoredForm {
            .encrypted(prefix: "k8s:enc:\(provider.rawValue):v1:\(name):")
        }
    }

    public let derivation: Derivation
    /// Opens by the right passphrase only, also where there are no keys.
    public let check: [UInt8]
    public var keys: [Key]

    public init(derivation: Derivation, check: [UInt8], keys: [Key]) {
        self.derivation = derivation
        self.check = check
        self.keys = keys
    }
}
