/// The version that the stand-in acts like.
public struct KubernetesVersion: Sendable, Equatable {
    public let major: Int
    public let minor: Int
    /// `v1.36.2`
    public let text: String

    public static let standard = KubernetesVersion(major: 1, minor: 36, text: "v1.36.2")

    private init(major: Int, minor: Int, text: String) {
        self.major = major
        self.minor = minor
        self.text = text
    }

    /// Reads `v1.25.16` or `1.25`; nil for anything else.
    public init?(_ text: String) {
        let digits = text.hasPrefix("v") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let major = Int(parts[0]), let minor = Int(parts[1])
        else { return nil }
        let patch = parts.count == 3 ? String(parts[2]) : "0"
        self.init(major: major, minor: minor, text: "v\(major).\(minor).\(patch)")
    }

    /// `--encryption-provider-config-automatic-reload`
    var hasAutomaticReload: Bool { minor >= 26 }
    /// Wildcards, and with them the checks of resource names.
    var hasResourceWildcards: Bool { minor >= 27 }
    /// Custom resources can be encrypted.
    var encryptsCustomResources: Bool { minor >= 26 }
    /// Unknown fields and duplicate keys of the configuration are errors.
    var isStrictAboutFields: Bool { minor >= 31 }
    /// Deprecated in 1.30, so that they aren't shown any more from 1.31 on.
    var hasSuccessAndFailureMetrics: Bool { (28...30).contains(minor) }
    /// `apiserver_id_hash`
    var namesServerInMetrics: Bool { minor >= 29 }
    var hasReloadsTotalMetric: Bool { minor >= 30 }
    var hasReloadTimestampMetric: Bool { minor >= 28 }
    var hasConfigInfoMetric: Bool { minor >= 34 }
    /// How often the file is looked at. Before 1.29 the server watched it.
    var reloadPollSeconds: Double { minor >= 29 ? 60 : 0.5 }
    /// The argument was called `--experimental-encryption-provider-config` before.
    var knowsEncryptionProviderConfig: Bool { minor >= 13 }
    var knowsExperimentalEncryptionProviderConfig: Bool { minor <= 23 }
}
