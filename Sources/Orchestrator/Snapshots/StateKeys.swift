internal import Basics
internal import ClusterFiles
internal import EncryptionModel
internal import Transition

/// Every key that a state file has, wherever it stands in it. Reads only, needs neither lock nor
/// cluster.
struct StateKeys {
    let path: String
    let records: [KeyRecord]
    let journal: Journal?
    let isMissing: Bool

    static func read(_ path: String) async throws -> StateKeys {
        let store = StateStore(path: path)
        return try StateKeys(
            try await store.load(), path: path,
            isMissing: try LocalFile.read(path, limit: 64 << 20) == nil)
    }

    init(_ state: StateFile, path: String, isMissing: Bool) throws {
        var records = state.journal?.keys ?? []
        for (text, member) in [
            (state.currentProviderConfig, "currentState"),
            (state.desiredProviderConfig, "desiredState"),
        ] {
            guard let text else { continue }
            let config = try ProviderConfigReader.read(
                text, file: "\(path): \(member).encryptionConfig", origin: .rke)
            for key in config.keys where !records.contains(where: { $0.key == key }) {
                records.append(KeyRecord(key: key, created: .unknown, createdBy: "RKE's state"))
            }
        }
        self.path = path
        self.records = records
        journal = state.journal
        self.isMissing = isMissing
    }
}

extension Timestamp {
    /// Where nobody wrote down when.
    static let unknown = Timestamp(seconds: 0)
}
