/// The optional top-level block `orchestrator:` of cluster.yml.
public struct OrchestratorSettings: Sendable, Hashable {
    /// How kube-apiserver is run on the nodes.
    public enum Runtime: String, Sendable, Hashable, CaseIterable {
        case auto, docker
        case staticPod = "static-pod"
    }

    /// Whether kube-apiserver's automatic reload may replace a restart.
    public enum Reload: String, Sendable, Hashable, CaseIterable { case auto, never }

    /// How the API servers are reached.
    public enum APIAccess: String, Sendable, Hashable, CaseIterable {
        case auto, direct
        /// Through the SSH connection to each node.
        case ssh
    }

    /// Which proof the removal of a key needs.
    public enum Evidence: String, Sendable, Hashable, CaseIterable {
        /// What etcd itself holds.
        case required
        /// The API's word is enough, for an etcd that can't be reached.
        case api
    }

    /// How much of the API servers a rewrite takes for itself.
    public enum Pace: String, Sendable, Hashable, CaseIterable {
        /// As much as can be had before others' requests take much longer.
        case auto
        /// Hardly any, however long it takes.
        case gentle
        /// As much as can be had.
        case fast
    }

    public struct Rewrite: Sendable, Hashable {
        public let pace: Pace
        /// Requests a second at most; nil is no limit.
        public let qps: Int?
        /// Requests in flight at most; nil leaves it to the measured latency.
        public let concurrency: Int?
    }

    public struct SSH: Sendable, Hashable {
        /// Nil is `~/.ssh/known_hosts`.
        public let knownHosts: String?
        public let connectTimeout: Duration
        public let keepaliveInterval: Duration
    }

    public let runtime: Runtime
    public let reload: Reload
    /// Nil is `kube_config_<cluster.yml>` beside cluster.yml.
    public let kubeconfig: String?
    public let apiAccess: APIAccess
    public let rewrite: Rewrite
    public let evidence: Evidence
    public let ssh: SSH
}
