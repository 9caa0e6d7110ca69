public import Basics
public import EncryptionModel

/// Where in the user's file the parts of a config stand, so that what is found wrong with them
/// later, by a server's version for instance, can be told by line and column.
public struct ConfigPlaces: Sendable, Hashable {
    /// Where the config begins.
    public let whole: Fault.Place
    var patterns: [ResourcePattern: Fault.Place] = [:]
    var entries: [ProviderEntry: Fault.Place] = [:]

    init(whole: Fault.Place) { self.whole = whole }

    public subscript(subject: ConfigFinding.Subject) -> Fault.Place {
        switch subject {
        case .pattern(let pattern): patterns[pattern] ?? whole
        case .entry(let entry): entries[entry] ?? whole
        }
    }
}

/// A config as the user wrote it.
public struct WrittenConfig: Sendable, Hashable {
    public let config: ProviderConfig
    public let places: ConfigPlaces
}
