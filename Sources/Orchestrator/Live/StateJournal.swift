internal import Basics
internal import ClusterFiles
internal import EncryptionModel
internal import Transition

/// The journal in `cluster.rkestate`.
actor StateJournal: JournalPort {
    private let store: StateStore
    /// Of the nodes in cluster.yml.
    private let addresses: Set<String>
    private let report: EventHandler
    private var state: StateFile?
    /// The file has lost our journal, and with it what was recorded as deployed.
    private var isFromBackup = false

    init(store: StateStore, addresses: Set<String>, report: @escaping EventHandler) {
        self.store = store
        self.addresses = addresses
        self.report = report
    }

    func load() async throws -> Journal { try await loaded().journal ?? Journal() }

    func recordedConfig() async throws -> RecordedConfig {
        let state = try await loaded()
        guard let text = state.currentProviderConfig else {
            // Without a config and without an operation of ours nothing was ever written down.
            let isWritten = state.journal?.history.isEmpty == false && !isFromBackup
            return isWritten ? .known(nil) : .unknown
        }
        do {
            return .known(try parsed(text, of: "currentState"))
        } catch {
            report(
                .warning(
                    "\(Fault(error).message); what is deployed is told by the nodes alone"))
            return .unknown
        }
    }

    func recordedKeys() async throws -> [LocalKey] {
        let state = try await loaded()
        do {
            let configs = [
                try state.currentProviderConfig.map { try parsed($0, of: "currentState") },
                try state.desiredProviderConfig.map { try parsed($0, of: "desiredState") },
            ]
            return configs.flatMap { $0?.keys ?? [] }
        } catch {
            throw Fault(
                .refused, "\(Fault(error).message), and it would be overwritten",
                hint: "Nothing was touched. It may hold the only copy of a key: keep a copy of the"
                    + " state file, and mend the member or empty it.",
                place: Fault.Place(file: store.path))
        }
    }

    private func parsed(_ text: SecretBytes, of member: String) throws -> ProviderConfig {
        try ProviderConfigReader.read(
            text, file: "\(store.path): \(member).encryptionConfig", origin: .rke)
    }

    func save(_ journal: Journal, configs: StateConfigs?) async throws {
        var state = try await loaded()
        state.journal = journal
        if let configs {
            state.desiredProviderConfig = try configs.desired.map {
                try ProviderConfigWriter.write($0)
            }
            state.currentProviderConfig = try configs.current.map {
                try ProviderConfigWriter.write($0)
            }
        }
        // A finished operation must not rise again from the backup.
        try await store.save(state, withBackup: journal.operation == nil)
        self.state = state
        if configs != nil { isFromBackup = false }
    }

    func adminCertificate() async throws -> AdminCertificate? {
        try await loaded().adminCertificate
    }

    private func loaded() async throws -> StateFile {
        if let state { return state }
        var loaded = try await store.load()
        try checkOwner(of: loaded)
        if loaded.journal == nil, let kept = try await store.journalOfBackup() {
            // `rke up` writes the file anew from what it knows, which isn't our member.
            report(.warning("the state file lost its journal; the one of its backup is taken"))
            loaded.journal = kept
            isFromBackup = true
        }
        state = loaded
        return loaded
    }

    private func checkOwner(of state: StateFile) throws {
        let recorded = state.recordedAddresses
        guard !recorded.isEmpty, recorded.isDisjoint(with: addresses) else { return }
        throw Fault(
            .refused,
            "the state file belongs to another cluster: it records the nodes"
                + " \(recorded.sorted().prefix(5).joined(separator: ", ")), and none of them is in"
                + " cluster.yml",
            hint: "Nothing was touched. Put this cluster's own state file beside cluster.yml.",
            place: Fault.Place(file: store.path))
    }
}
