internal import ClusterFiles

/// What the command line says about getting at a cluster.
public struct SessionOptions: Sendable {
    /// Whether the state file is locked for this run.
    public enum Access: Sendable {
        /// Only looks: several may look at once, also while one works.
        case readOnly
        /// Changes the cluster and the state file. `command` is told to whoever finds it locked.
        case exclusive(command: String)
    }

    public let configPath: String
    /// Nil: look where kubeconfigs usually are.
    public let kubeconfigPath: String?
    public let sshAgentAuth: Bool
    public let acceptNewHostKeys: Bool
    public let ignoreDockerVersion: Bool
    public let environment: [String: String]
    public var rewrite = RewriteLimits()

    public init(
        configPath: String, kubeconfigPath: String?, sshAgentAuth: Bool, acceptNewHostKeys: Bool,
        ignoreDockerVersion: Bool, environment: [String: String]
    ) {
        self.configPath = configPath
        self.kubeconfigPath = kubeconfigPath
        self.sshAgentAuth = sshAgentAuth
        self.acceptNewHostKeys = acceptNewHostKeys
        self.ignoreDockerVersion = ignoreDockerVersion
        self.environment = environment
    }
}

extension SessionOptions {
    /// Where the state file of a cluster.yml lies.
    public static func stateFile(for config: String) -> String {
        ClusterFileNames.state(for: config)
    }
}

/// What one run says about how fast things are rewritten, in place of cluster.yml's
/// `orchestrator.rewrite`.
public struct RewriteLimits: Sendable, Hashable {
    /// Another than what is meant for every day; see `RewritePace`.
    public enum Pace: Sendable, Hashable { case gentle, fast }

    /// Requests under way at most.
    public var maxInFlight: Int?
    /// Requests a second at most.
    public var qps: Int?
    public var pace: Pace?

    public init(maxInFlight: Int? = nil, qps: Int? = nil, pace: Pace? = nil) {
        self.maxInFlight = maxInFlight
        self.qps = qps
        self.pace = pace
    }
}
