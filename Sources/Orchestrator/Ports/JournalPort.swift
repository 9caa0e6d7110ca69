public import EncryptionModel
public import Transition

/// The provider configs that RKE's own members of the state file show.
public struct StateConfigs: Sendable, Hashable {
    /// What is being worked towards.
    public let desired: ProviderConfig?
    /// What is (about to be) on the nodes.
    public let current: ProviderConfig?

    public init(desired: ProviderConfig?, current: ProviderConfig?) {
        self.desired = desired
        self.current = current
    }
}

/// `cluster.rkestate`, locked for this run.
public protocol JournalPort: Sendable {
    func load() async throws -> Journal

    /// What RKE's members of the file say that the API servers run with: written at the end of
    /// every operation, by us or by RKE.
    func recordedConfig() async throws -> RecordedConfig

    /// Every key that RKE's members of the file have: of what is deployed and of what was to be.
    ///
    /// - Throws: `Fault`, `.refused` where a member can't be understood: it may hold the only copy
    ///   of a key, so it must not be overwritten.
    func recordedKeys() async throws -> [LocalKey]

    /// Returns when the journal is on the disk for good. What is to follow from it may be done
    /// only then.
    ///
    /// - Parameter configs: what RKE's members shall say; nil leaves them alone.
    func save(_ journal: Journal, configs: StateConfigs?) async throws
}
