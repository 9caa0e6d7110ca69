/// Why a file isn't an archive that can be read, or one of its entries can't be: what is wrong, and
/// where.
public struct ArchiveDamage: Error, Hashable, CustomStringConvertible {
    /// The entry's name; nil where it concerns the file as a whole.
    public let entry: String?
    public let reason: String

    public init(entry: String? = nil, _ reason: String) {
        self.entry = entry
        self.reason = reason
    }

    /// Names come from the archive: they are told quoted, escaped and not at any length.
    public var description: String {
        entry.map { "entry \($0.prefix(150).debugDescription): \(reason)" } ?? reason
    }
}
