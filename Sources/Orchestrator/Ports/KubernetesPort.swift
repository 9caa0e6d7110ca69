public import EncryptionModel
public import Transition

/// How far the rewriting of one resource has come.
public struct RewriteProgress: Sendable, Hashable {
    /// What one API server has done of it.
    public struct Server: Sendable, Hashable {
        public let node: String
        /// Requests that have ended, whatever became of them.
        public let answers: Int

        public init(node: String, answers: Int) {
            self.node = node
            self.answers = answers
        }
    }

    public let resource: GroupResource
    /// Objects looked at so far, rewritten or not.
    public let done: Int
    /// As far as the server told; nil where it didn't.
    public let total: Int?
    public let failed: Int
    /// How often an object had to be tried once more.
    public let retries: Int
    public let servers: [Server]

    public init(
        resource: GroupResource, done: Int, total: Int?, failed: Int, retries: Int = 0,
        servers: [Server] = []
    ) {
        self.resource = resource
        self.done = done
        self.total = total
        self.failed = failed
        self.retries = retries
        self.servers = servers
    }
}

/// What rewriting one resource came to.
public struct RewriteResult: Sendable, Hashable {
    public let resource: GroupResource
    public let objects: Int
    public let rewritten: Int
    public let skipped: Int
    /// By name, perhaps capped; `failureCount` is the truth.
    public let failed: [RewriteFailure]
    public let failureCount: Int
    public let seconds: Double
    public let bytesSent: Int
    public let bytesReceived: Int

    public init(
        resource: GroupResource, objects: Int, rewritten: Int, skipped: Int,
        failed: [RewriteFailure], failureCount: Int, seconds: Double, bytesSent: Int,
        bytesReceived: Int
    ) {
        self.resource = resource
        self.objects = objects
        self.rewritten = rewritten
        self.skipped = skipped
        self.failed = failed
        self.failureCount = failureCount
        self.seconds = seconds
        self.bytesSent = bytesSent
        self.bytesReceived = bytesReceived
    }
}

/// The Kubernetes API, through whichever servers of the cluster serve it.
public protocol KubernetesPort: Sendable {
    /// The UID of namespace `kube-system`, which no other cluster has.
    func clusterUID() async throws -> String

    /// The addresses of all API servers that are alive, as the cluster itself knows them.
    ///
    /// - Throws: `Fault` where it can't be told.
    func advertisedServers() async throws -> Set<String>

    /// Every kind of object that the patterns name and the cluster serves. Throws where a name is
    /// served by nobody.
    func resources(matching patterns: [ResourcePattern]) async throws -> [GroupResource]

    /// Asks whether we may do all that a rewrite takes, before anything is touched.
    ///
    /// - Throws: `Fault(.denied)` that says which rights are lacking.
    func checkRights(toRewrite resources: [GroupResource]) async throws

    /// A resourceVersion below which lies everything stored before the call, and above which lies
    /// everything written after it.
    func watermark(of resource: GroupResource) async throws -> ResourceVersion

    /// Stores every object of the resource anew that isn't above the watermark. Cancelling the
    /// task ends it early, and running it again goes on where it was.
    func rewrite(
        _ resource: GroupResource, above watermark: ResourceVersion,
        progress: @escaping @Sendable (RewriteProgress) -> Void
    ) async throws -> RewriteResult
}
