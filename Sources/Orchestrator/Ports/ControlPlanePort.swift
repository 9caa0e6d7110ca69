public import Basics
public import EncryptionModel
public import Transition

/// What one look at a control-plane node showed.
public struct NodeSight: Sendable {
    public let observation: NodeObservation
    /// Where the node is reached.
    public let address: String
    /// The server's own `gitVersion`; nil where it didn't answer.
    public let serverVersion: String?
    /// Where the provider config lies; nil where the server runs without.
    public let configPath: String?
    /// SHA-256 of the provider config on the node in hexadecimal; nil where there is none.
    public let configSHA256: String?
    /// The keys of the provider config on the node.
    public let keys: [LocalKey]
    public let serverStarted: Timestamp?
    /// How long the server works at a request at the most (`--request-timeout`).
    public let requestTimeout: Duration
    /// The kubelet runs it, from a manifest that other programs may write anew.
    public let isStaticPod: Bool
    /// How a person at the node sees the server's log.
    public let serverLog: String

    public init(
        observation: NodeObservation, address: String, serverVersion: String? = nil,
        configPath: String? = nil, configSHA256: String? = nil, keys: [LocalKey] = [],
        serverStarted: Timestamp? = nil, requestTimeout: Duration = .seconds(60),
        isStaticPod: Bool = false, serverLog: String = "docker logs kube-apiserver"
    ) {
        self.observation = observation
        self.address = address
        self.serverVersion = serverVersion
        self.configPath = configPath
        self.configSHA256 = configSHA256
        self.keys = keys
        self.serverStarted = serverStarted
        self.requestTimeout = requestTimeout
        self.isStaticPod = isStaticPod
        self.serverLog = serverLog
    }
}

/// The result of looking at one node.
public struct NodeLook: Sendable {
    public let node: String
    public let address: String
    public let result: Result<NodeSight, Fault>

    public init(node: String, address: String, result: Result<NodeSight, Fault>) {
        self.node = node
        self.address = address
        self.result = result
    }
}

/// What bringing a node to a stage took.
public struct RolloutResult: Sendable, Hashable {
    public let configSHA256: String?
    public let confirmedBy: Confirmation.Method
    /// From the first byte pushed to the server being ready, and seen to run with it.
    public let seconds: Double
    /// Whether kube-apiserver was restarted for it.
    public let restarted: Bool

    public init(
        configSHA256: String?, confirmedBy: Confirmation.Method, seconds: Double,
        restarted: Bool = true
    ) {
        self.configSHA256 = configSHA256
        self.confirmedBy = confirmedBy
        self.seconds = seconds
        self.restarted = restarted
    }
}

/// The control-plane nodes, whatever their API servers are run by.
public protocol ControlPlanePort: Sendable {
    /// Names and addresses in the order of cluster.yml, which is the order of a rollout.
    var nodes: [(name: String, address: String)] { get }

    /// Looks at every node, all side by side; never touches anything.
    func look() async -> [NodeLook]

    /// Asks every node whether its API server would start with the config and do what it says: its
    /// release, its feature gates, its view of the KMS plugins' sockets. Touches nothing.
    ///
    /// - Throws: `Fault(.refused)` that names what of the config, and the node.
    func preflight(_ config: ProviderConfig) async throws

    /// Puts the provider config on the node (nil: takes argument and file away), restarts its API
    /// server where that is needed, and returns when the server is ready and seen to run with it.
    ///
    /// - Throws: `Fault`; what was there before has been put back as far as the fault doesn't say
    ///   otherwise.
    func bring(_ node: String, to config: ProviderConfig?) async throws -> RolloutResult

    /// Puts the provider config on the node, whose server loads it by itself, and returns when the
    /// server is seen to have loaded it; changes nothing else. May be asked of several nodes at the
    /// same time.
    ///
    /// - Returns: nil where it wasn't seen to within the time that it may take: the file stays, and
    ///   the node is from then on observed as one that needs a restart.
    /// - Throws: `Fault`, where the server refuses the file or can't be asked; the former file has
    ///   been put back as far as the fault doesn't say otherwise.
    func reload(_ node: String, to config: ProviderConfig) async throws -> RolloutResult?
}

extension ControlPlanePort {
    /// Looks at every node; one that can't be seen is a fault, for nothing may go on without it.
    func observe() async throws -> [NodeSight] {
        try await look().map { try $0.result.get() }
    }
}
