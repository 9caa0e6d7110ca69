internal import Foundation

/// A moment of UTC with nanoseconds, as RFC 3339 writes it and as Docker and Kubernetes report it.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Since 1970-01-01T00:00:00Z.
    public let seconds: Int64
    /// 0 to 999,999,999.
    public let nanoseconds: Int32

    public init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = min(max(nanoseconds, 0), 999_999_999)
    }

    /// Reads RFC 3339, with or without a fraction, in UTC (`Z`) or with an offset.
    public init?(rfc3339 text: some StringProtocol) {
        let text = String(text)
        guard text.count <= 64 else { return nil }
        var whole = text
        var nanoseconds: Int32 = 0
        if let dot = text.firstIndex(of: ".") {
            let digits = text[text.index(after: dot)...].prefix { $0.isASCII && $0.isNumber }
            guard !digits.isEmpty, let value = Int32(String((digits + "000000000").prefix(9)))
            else { return nil }
            nanoseconds = value
            whole = String(text[..<dot]) + text[digits.endIndex...]
        }
        guard let date = try? Date(whole, strategy: .iso8601) else { return nil }
        self.init(seconds: Int64(date.timeIntervalSince1970.rounded()), nanoseconds: nanoseconds)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// From `other` to this moment; negative when `other` is later.
    public func since(_ other: Timestamp) -> Duration {
        .seconds(seconds - other.seconds) + .nanoseconds(nanoseconds - other.nanoseconds)
    }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC, to the second: `2026-11-21T03:23:20Z`.
    public var description: String {
        Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
    }
}

/// Where the time of day comes from, so that tests can say what time it is.
public struct WallClock: Sendable {
    public let now: @Sendable () -> Timestamp

    public init(now: @escaping @Sendable () -> Timestamp) {
        self.now = now
    }

    public static let system = WallClock {
        let now = Date().timeIntervalSince1970
        let whole = now.rounded(.down)
        return Timestamp(seconds: Int64(whole), nanoseconds: Int32((now - whole) * 1e9))
    }
}
