/// A KMS plugin as a provider config names it. It has no secret of ours.
public struct KMSPlugin: Sendable, Hashable {
    public enum Version: String, Sendable, Hashable { case v1, v2 }

    public let version: Version
    public let name: String
    /// `unix:///…`
    public let endpoint: String
    /// v1 only; nil is kube-apiserver's default of 1,000.
    public let cacheSize: Int?
    /// A Go duration such as `3s`, as written; nil is kube-apiserver's default.
    public let timeout: String?

    public init(
        version: Version, name: String, endpoint: String, cacheSize: Int? = nil,
        timeout: String? = nil
    ) {
        self.version = version
        self.name = name
        self.endpoint = endpoint
        self.cacheSize = cacheSize
        self.timeout = timeout
    }
}

/// One link of a chain.
public enum ProviderEntry: Sendable, Hashable {
    /// Stores in plain; reads what isn't encrypted.
    case identity
    case key(LocalKey)
    case kms(KMSPlugin)

    /// The key, where it is a local provider's.
    public var localKey: LocalKey? {
        if case .key(let key) = self { key } else { nil }
    }

    /// What a value must have been written by for this entry to read it. The socket of a KMS plugin,
    /// its time limit and its cache are settings: they don't make another plugin of it.
    public var reader: Reader {
        switch self {
        case .identity: .identity
        case .key(let key): .key(key)
        case .kms(let plugin): .kms(plugin.version, name: plugin.name)
        }
    }

    public enum Reader: Sendable, Hashable {
        case identity
        case key(LocalKey)
        case kms(KMSPlugin.Version, name: String)
    }

    /// How a value that this entry wrote begins in etcd.
    public var storedForm: StoredForm {
        switch self {
        case .identity: .plaintext
        case .key(let key): .encrypted(prefix: "k8s:enc:\(key.provider.rawValue):v1:\(key.name):")
        case .kms(let plugin):
            .encrypted(prefix: "k8s:enc:kms:\(plugin.version.rawValue):\(plugin.name):")
        }
    }
}

extension ProviderEntry: CustomStringConvertible {
    public var description: String {
        switch self {
        case .identity: "identity"
        case .key(let key): key.description
        case .kms(let plugin): "kms \(plugin.version.rawValue) \(plugin.name)"
        }
    }
}

/// The ordered providers of one resource: the first one writes, all read.
public struct Chain: Sendable, Hashable {
    public let entries: [ProviderEntry]

    /// What a resource has that no provider config names.
    public static let identity = Chain([.identity])

    /// Entries that read the same count once, at their first place.
    public init(_ entries: [ProviderEntry]) {
        var seen = Set<ProviderEntry.Reader>()
        self.entries = entries.filter { seen.insert($0.reader).inserted }
    }

    /// The one that encrypts what is written; an empty chain stores in plain.
    public var writer: ProviderEntry { entries.first ?? .identity }

    /// Every key of a local provider, in order.
    public var keys: [LocalKey] {
        entries.compactMap(\.localKey)
    }

    /// This chain, then what `other` has and this has not.
    public func followed(by other: Chain) -> Chain { Chain(entries + other.entries) }

    /// Whether it reads what the entry wrote.
    public func contains(_ entry: ProviderEntry) -> Bool {
        entries.contains { $0.reader == entry.reader }
    }
}
