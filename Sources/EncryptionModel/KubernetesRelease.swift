/// The part of a Kubernetes version that decides which provider configs a server takes.
public struct KubernetesRelease: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let major: Int
    public let minor: Int

    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Of `v1.30.4-rancher1-1`, `v1.25.9+k3s1` or `1.36`; nil for anything that doesn't begin so.
    public init?(version: String) {
        let numbers = version.trimmingPrefix("v").split(
            separator: ".", maxSplits: 2, omittingEmptySubsequences: false
        ).map { part in Int(part.prefix { $0.isASCII && $0.isNumber }) }
        guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1] else {
            return nil
        }
        self.init(major, minor)
    }

    /// Up to 1.12 encryption was experimental: another argument, another kind of file. A server that
    /// was built without being told its version says `v0.0.0`, and is none of those.
    public var isBeforeConfigGroup: Bool {
        self >= KubernetesRelease(1, 0) && self < KubernetesRelease(1, 13)
    }

    /// From 1.28 on a server's metrics tell whether it has loaded a changed provider config by
    /// itself; it does so from 1.26 on.
    public var tellsReloads: Bool { self >= KubernetesRelease(1, 28) }

    public static func < (left: KubernetesRelease, right: KubernetesRelease) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    public var description: String { "\(major).\(minor)" }
}
