/// Why a file isn't a database that can be read: what is wrong, and where.
public struct BoltDamage: Error, Hashable, CustomStringConvertible {
    /// Nil where it concerns the file as a whole.
    public let page: UInt64?
    public let reason: String

    public init(page: UInt64? = nil, _ reason: String) {
        self.page = page
        self.reason = reason
    }

    public var description: String { page.map { "page \($0): \(reason)" } ?? reason }
}
