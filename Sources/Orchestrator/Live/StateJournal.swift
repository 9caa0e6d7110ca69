internal import Basics
internal import ClusterFiles
internal import EncryptionModel
internal import Transition

/// The journal in `cluster.rkestate`.
actor StateJournal: JournalPort {
    private let store: StateStore
    private var state: StateFile?

    init(store: StateStore) { self.store = store }

    func load() async throws -> Journal { try await loaded().journal ?? Journal() }

    func save(_ journal: Journal, configs: StateConfigs?) async throws {
        var state = try await loaded()
        state.journal = journal
        if let configs {
            state.desiredProviderConfig = try configs.desired.map(ProviderConfigWriter.write)
            state.currentProviderConfig = try configs.current.map(ProviderConfigWriter.write)
        }
        try await store.save(state)
        self.state = state
    }

    func adminCertificate() async throws -> AdminCertificate? {
        try await loaded().adminCertificate
    }

    private func loaded() async throws -> StateFile {
        if let state { return state }
        let loaded = try await store.load()
        state = loaded
        return loaded
    }
}
