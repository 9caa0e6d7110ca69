/// What etcd holds, counted by resource and by the prefix under which it's stored. The lab's own
/// reading, which shares no code with the product that it judges.
public struct StoredCount: Sendable, Hashable {
    public static let plaintext = "plaintext"

    /// Resource (`secrets`, `deployments.apps`), then stored prefix or `plaintext`, then count.
    public private(set) var resources: [String: [String: Int]] = [:]
    /// Encrypted values in which a known value can be read nevertheless.
    public private(set) var revealing: [String] = []

    public init() {}

    /// Counts one key and value of etcd.
    mutating func add(key: String, value: [UInt8]) {
        guard let resource = Self.resource(of: key) else { return }
        let prefix = Self.prefix(of: value)
        resources[resource, default: [:]][prefix, default: 0] += 1
        let marker = Array(Workload.marker.utf8)
        if prefix != Self.plaintext, value.contains(marker) { revealing.append(key) }
    }

    /// `/registry/secrets/…` is of a core resource, `/registry/<group>/<resource>/…` of another;
    /// only groups have dots.
    static func resource(of key: String) -> String? {
        let parts = key.split(separator: "/")
        guard parts.count >= 3, parts[0] == "registry" else { return nil }
        return parts[1].contains(".") ? "\(parts[2]).\(parts[1])" : String(parts[1])
    }

    /// `k8s:enc:<provider>:<version>:<key>:`, or `plaintext`.
    static func prefix(of value: [UInt8]) -> String {
        guard value.starts(with: Array("k8s:enc:".utf8)) else { return plaintext }
        let parts = value.prefix(300).split(
            separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6 else { return "k8s:enc: without a key" }
        return parts.prefix(5).map { String(decoding: $0, as: UTF8.self) + ":" }.joined()
    }
}
