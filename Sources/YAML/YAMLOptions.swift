/// How much a YAML source may ask for. Everything beyond is refused before it costs anything.
public struct YAMLLimits: Sendable, Hashable {
    /// Length of the source.
    public let bytes: Int
    /// Collections within collections; at most 512, whatever is asked for, since reading recurses.
    public let depth: Int
    /// Values and keys in all, aliases not expanded.
    public let nodes: Int
    /// Values and keys that aliases and merge keys add in all.
    public let aliasedNodes: Int

    public init(
        bytes: Int = 8 << 20, depth: Int = 64, nodes: Int = 500_000, aliasedNodes: Int = 50_000
    ) {
        self.bytes = bytes
        self.depth = min(depth, 512)
        self.nodes = nodes
        self.aliasedNodes = aliasedNodes
    }

    public static let standard = YAMLLimits()
}

public struct YAMLOptions: Sendable, Hashable {
    /// What to do about a source that holds several documents.
    public enum Documents: Sendable, Hashable {
        /// An error at the second one.
        case onlyOne
        /// The rest isn't even looked at, as kube-apiserver does.
        case first
    }

    /// What to do about a key that a mapping has twice.
    public enum DuplicateKeys: Sendable, Hashable {
        /// An error at the second one.
        case refuse
        /// The last one counts, as Go's lenient readers have it.
        case lastWins
    }

    public let limits: YAMLLimits
    public let documents: Documents
    public let duplicateKeys: DuplicateKeys

    public init(
        limits: YAMLLimits = .standard, documents: Documents = .onlyOne,
        duplicateKeys: DuplicateKeys = .refuse
    ) {
        self.limits = limits
        self.documents = documents
        self.duplicateKeys = duplicateKeys
    }
}
