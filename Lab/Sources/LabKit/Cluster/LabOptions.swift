/// Which cluster the lab makes.
public struct LabOptions: Sendable, Hashable, Codable {
    /// The SSH user that `cluster.yml` names; all three exist on every node.
    public enum User: String, Sendable, Hashable, Codable, CaseIterable {
        /// root itself.
        case root
        /// `admin`, who may do anything by sudo without a password and isn't in group docker.
        case sudo
        /// `rke`, who is in group docker and may do nothing else: RKE's usual case.
        case docker

        public var accountName: String {
            switch self {
            case .root: "root"
            case .sudo: "admin"
            case .docker: "rke"
            }
        }
    }

    /// What `cluster.yml` says under `secrets_encryption_config`.
    public enum Encryption: String, Sendable, Hashable, Codable, CaseIterable {
        case on, off, absent
    }

    /// The folder that holds everything of the lab, absolute.
    public let folder: String
    /// 1 to 9; each is a control-plane and an etcd node.
    public let nodes: Int
    public let user: User
    public let encryption: Encryption
    /// The kube-apiserver to run, absolute: a real one or the stand-in.
    public let apiServer: String
    /// Added between the operator and the nodes (not between nodes), in milliseconds.
    public let roundTripTime: Double
    /// Added to the environment of kube-apiserver's container, which RKE leaves empty.
    public let serverEnvironment: [String: String]

    public init(
        folder: String, nodes: Int = 3, user: User = .root, encryption: Encryption = .absent,
        apiServer: String, roundTripTime: Double = 0, serverEnvironment: [String: String] = [:]
    ) {
        self.folder = folder
        self.nodes = nodes
        self.user = user
        self.encryption = encryption
        self.apiServer = apiServer
        self.roundTripTime = roundTripTime
        self.serverEnvironment = serverEnvironment
    }
}
