/// Why bytes aren't a JSON document that is taken here. Never quotes them.
public struct JSONMalformed: Error, Hashable, CustomStringConvertible {
    public let reason: String
    /// In bytes from the start, counted from 0.
    public let offset: Int
    /// The bytes end in the middle of something, and nothing before was wrong.
    public let isTruncated: Bool

    init(_ reason: String, offset: Int, isTruncated: Bool = false) {
        self.reason = reason
        self.offset = offset
        self.isTruncated = isTruncated
    }

    public var description: String { "\(reason) at byte \(offset)" }
}
