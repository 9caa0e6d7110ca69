internal import Basics
internal import EncryptionModel
internal import Transition

/// A provider config within our member: YAML, as RKE keeps its own.
enum StoredProviderConfig {
    static func text(of config: ProviderConfig) throws -> String {
        try ProviderConfigWriter.write(config).exposedText() ?? ""
    }

    /// - Parameter id: of the operation that it belongs to, for the fault.
    static func read(
        _ text: String, of id: String, _ reader: StoredValueReader
    ) throws -> ProviderConfig {
        do {
            return try ProviderConfigReader.read(
                SecretBytes(copying: text.utf8), file: "the provider config of \(id)")
        } catch {
            throw reader.fault("a provider config of the operation \(id) can't be read")
        }
    }
}

struct StoredRestore: Codable {
    var id: String
    var snapshot: String
    var sha256: String
    var started: String
    var deployed: String?
    var reading: String?
    var phase: String

    init(_ restore: Restore) throws {
        id = restore.id
        snapshot = restore.snapshot
        sha256 = restore.hash
        started = restore.started.stored
        deployed = try restore.deployed.map(StoredProviderConfig.text)
        reading = try restore.reading.map(StoredProviderConfig.text)
        phase = restore.phase.rawValue
    }

    func restore(_ reader: StoredValueReader) throws -> Restore {
        Restore(
            id: id, snapshot: snapshot, hash: sha256, started: try reader.time(started),
            deployed: try deployed.map { try StoredProviderConfig.read($0, of: id, reader) },
            reading: try reading.map { try StoredProviderConfig.read($0, of: id, reader) },
            phase: try reader.word(phase, "the phase of the restore"))
    }
}

struct StoredForgottenKey: Codable {
    var name: String
    var provider: String
    var fingerprint: String
    var retired: String?
    var retiredBy: String?
    var forgotten: String

    init(_ key: ForgottenKey) {
        name = key.name
        provider = key.provider.rawValue
        fingerprint = key.fingerprint
        retired = key.retired?.stored
        retiredBy = key.retiredBy
        forgotten = key.forgotten.stored
    }

    func key(_ reader: StoredValueReader) throws -> ForgottenKey {
        ForgottenKey(
            provider: try reader.word(provider, "the provider of the key \(name)"), name: name,
            fingerprint: fingerprint, retired: try retired.map(reader.time), retiredBy: retiredBy,
            forgotten: try reader.time(forgotten))
    }
}
