/// Keys and values in the order of the source; every key once.
public struct YAMLMapping: Sendable {
    public struct Entry: Sendable {
        public let key: String
        /// The key as written, for its position.
        public let keyNode: YAMLNode
        public let value: YAMLNode
        /// It came by a merge key (`<<`) and is written elsewhere.
        public let isMerged: Bool
        /// The mapping has the key more than once; this is the last, which counts.
        public let isRepeated: Bool
    }

    public let entries: [Entry]
    private let places: [String: Int]

    /// Entries whose keys differ; of two with one key the later counts.
    init(_ entries: [Entry]) {
        self.entries = entries
        places = Dictionary(
            entries.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { _, later in later })
    }

    public var keys: [String] { entries.map(\.key) }

    public subscript(key: String) -> YAMLNode? { entry(key)?.value }

    public func entry(_ key: String) -> Entry? { places[key].map { entries[$0] } }
}
