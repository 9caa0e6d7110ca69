/// Something about a provider config that kube-apiserver's own validation doesn't tell, or tells
/// too late.
public struct ConfigFinding: Sendable, Hashable {
    /// What of the config it is about.
    public enum Subject: Sendable, Hashable {
        case pattern(ResourcePattern)
        case entry(ProviderEntry)
    }

    public let subject: Subject
    public let message: String
    public let hint: String
}

/// What kube-apiserver is started with, as far as it decides which configs it takes.
public struct ServerTraits: Sendable, Hashable {
    /// Nil where it isn't known: then only what holds for every release is told.
    public let release: KubernetesRelease?
    /// `--feature-gates`, by name.
    public let featureGates: [String: Bool]

    public init(release: KubernetesRelease?, featureGates: [String: Bool] = [:]) {
        self.release = release
        self.featureGates = featureGates
    }

    /// Reads the value of `--feature-gates`: `KMSv1=true,Other=false`.
    public static func gates(in argument: String) -> [String: Bool] {
        argument.split(separator: ",").reduce(into: [:]) { gates, part in
            let words = part.split(separator: "=", maxSplits: 1).map {
                $0.filter { !$0.isWhitespace }
            }
            if words.count == 2 {
                gates[words[0]] = ["true", "t", "1"].contains(words[1].lowercased())
            }
        }
    }
}
