public import EncryptionModel
public import Etcd
public import Transition

/// What the known keys can do with a snapshot.
public struct SnapshotVerdict: Sendable {
    /// What of it can't be read.
    public struct Obstacle: Sendable, Hashable {
        public enum Reason: Sendable, Hashable {
            /// No key of the name is known.
            case unknownKey
            /// Known ones of the name have other secrets.
            case otherSecret([LocalKey])
            /// A provider or prefix that nobody knows.
            case unknownForm
        }

        public let form: StoredForm
        /// How many current values.
        public let count: Int
        public let reason: Reason
    }

    /// The known keys that a restored cluster must have.
    public let needed: [KeyRecord]
    /// The KMS plugins that it must have, by version and name. Nothing here can tell whether they
    /// still have their keys.
    public let plugins: [StoredForm]
    public let obstacles: [Obstacle]

    /// Whether every value can be read with what is known, as far as no plugin is needed.
    public var isReadable: Bool { obstacles.isEmpty }

    public init(_ contents: SnapshotContents, known: [KeyRecord]) {
        let opening = contents.neededKeys
        needed = known.filter { opening.contains($0.key) }
        let closed = contents.unreadable.sorted { $0.key < $1.key }
        plugins = closed.map(\.key).filter(\.isOfPlugin)
        obstacles = closed.filter { !$0.key.isOfPlugin }.map { form, count in
            let namesakes = known.map(\.key).filter { ProviderEntry.key($0).storedForm == form }
            let reason: Obstacle.Reason =
                if !namesakes.isEmpty { .otherSecret(namesakes) } else if form.isOfLocalKey {
                    .unknownKey
                } else { .unknownForm }
            return Obstacle(form: form, count: count, reason: reason)
        }
    }
}

extension StoredForm {
    /// Provider, version and name of `k8s:enc:<provider>:<version>:<name>:`.
    var parts: (provider: String, version: String, name: String)? {
        guard case .encrypted(let prefix) = self else { return nil }
        let parts = prefix.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6 else { return nil }
        return (parts[2], parts[3], parts[4])
    }

    var isOfPlugin: Bool { parts?.provider == "kms" }

    var isOfLocalKey: Bool { parts.flatMap { LocalProvider(rawValue: $0.provider) } != nil }
}
