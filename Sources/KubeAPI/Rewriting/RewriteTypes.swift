public import Basics
public import EncryptionModel

/// How fast and how stubbornly a rewrite goes.
public struct RewriteOptions: Sendable {
    /// Requests per second over all servers together; nil for no cap.
    public var qps: Double?
    /// The greatest number of requests under way at a time; the rewrite finds out how many pay.
    public var concurrency: Int
    public var pace: RewritePace
    /// Of the list. Memory holds at most two pages of names.
    public var pages: ListPages
    /// How often one object is tried, when servers answer with errors that may pass.
    public var retry: RetryPolicy
    /// For how long nothing at all may succeed before the rewrite gives up.
    public var patience: Duration
    /// How many failed objects are named; all are counted.
    public var failuresNamed: Int

    /// Far more than pays anywhere near; 20 ms away it is what keeps a server busy.
    public static let usualConcurrency = 256

    public init(
        qps: Double? = nil, concurrency: Int = usualConcurrency, pace: RewritePace = .auto,
        pageSize: Int? = nil,
        retry: RetryPolicy = RetryPolicy(attempts: 8, firstDelay: .milliseconds(250)),
        patience: Duration = .seconds(120), failuresNamed: Int = 1000
    ) {
        self.qps = qps.flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
        self.concurrency = min(max(concurrency, 1), 1024)
        self.pace = pace
        pages = pace.pages(pageSize)
        self.retry = retry
        self.patience = patience
        self.failuresNamed = max(failuresNamed, 1)
    }
}

/// How far a rewrite has come.
public struct RewriteProgress: Sendable, Hashable {
    /// What one API server has done of it.
    public struct Server: Sendable, Hashable {
        public let node: String
        /// Requests that have ended, whatever became of them.
        public var answers = 0
    }

    public let resource: GroupResource
    /// Objects that the list has shown so far.
    public var listed = 0
    /// How many there are in all, as far as the server tells.
    public var total: Int?
    var unlisted: Int? { total.map { $0 - listed } }
    public var rewritten = 0
    /// Above the watermark already, or gone meanwhile.
    public var skipped = 0
    /// The server saw no need to store them anew.
    public var unchanged = 0
    public var failed = 0
    /// How often an object had to be tried once more.
    public var retries = 0
    public var servers: [Server] = []

    public var done: Int { rewritten + skipped + unchanged + failed }
}

/// What a rewrite of one resource came to.
public struct RewriteOutcome: Sendable {
    /// An object that could not be rewritten.
    public struct Failure: Sendable, Hashable {
        /// `namespace/name`, or `name` for what has no namespace.
        public let object: String
        /// What the server said, or why it could not be asked.
        public let reason: String

        public init(object: String, reason: String) {
            self.object = object
            self.reason = reason
        }
    }

    public let resource: GroupResource
    /// How many objects the list had: the sum of the following four.
    public let objects: Int
    /// Stored anew, with a resourceVersion above the watermark.
    public let rewritten: Int
    /// Above the watermark already, or gone meanwhile.
    public let skipped: Int
    /// Patched, but the server saw nothing stale and left them as they were, at or below the
    /// watermark. They may have been written under the new key before the watermark was read, or
    /// the server may be on another config than believed: only evidence from etcd tells.
    public let unchanged: Int
    /// How many could not be rewritten. Not 0: the old key must stay.
    public let failedCount: Int
    /// Those of them that came first, by name.
    public let failed: [Failure]
    public let bytesSent: Int
    public let bytesReceived: Int
    public let duration: Duration
}
