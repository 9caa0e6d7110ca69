public import Basics

/// The name of a snapshot as RKE's, a file name: `rke_etcd_snapshot_2026-11-21T10:00:00Z`.
public struct SnapshotName: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let text: String

    public var description: String { text }

    /// - Throws: `Fault(.usage)` for what isn't a plain file name of at most 120 letters, digits and
    ///   `._-:`.
    public init(_ text: String) throws(Fault) {
        guard let name = SnapshotName(file: text) else {
            throw Fault(
                .usage, "\(text.prefix(150).debugDescription) can't be the name of a snapshot",
                hint: "Use at most 120 letters, digits, dots, colons, hyphens and underscores, the"
                    + " first a letter or digit.")
        }
        self = name
    }

    /// Nil for a file that can't be a snapshot by its name.
    public init?(file text: String) {
        guard (1...120).contains(text.utf8.count),
            text.first?.isNumber == true
                || text.first?.isLetter == true,
            text.unicodeScalars.allSatisfy({
                $0.isASCII
                    && ($0.properties.isAlphabetic || "0123456789._-:".unicodeScalars.contains($0))
            })
        else { return nil }
        self.text = text
    }

    /// By the time, as RKE names them.
    public static func made(at time: Timestamp) -> SnapshotName? {
        SnapshotName(file: "rke_etcd_snapshot_\(Timestamp(seconds: time.seconds))")
    }

    public static func < (left: SnapshotName, right: SnapshotName) -> Bool {
        left.text < right.text
    }
}
