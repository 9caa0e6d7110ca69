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

    /// How the nodes run etcd and kube-apiserver.
    public enum Runtime: String, Sendable, Hashable, Codable, CaseIterable {
        /// In containers of the Docker Engine, as RKE does.
        case docker
        /// As static pods of a kubelet, with kubeadm's paths.
        case staticPod = "static-pod"
        /// The same with minikube's paths and port.
        case minikube
        /// The first node as RKE has it, the others as kubeadm has them.
        case mixed

        /// Whether it is a cluster that RKE has made, at least in part.
        public var hasNodesOfRKE: Bool { self == .docker || self == .mixed }

        /// What runs the containers.
        var programs: String {
            switch self {
            case .docker: "dockerd"
            case .staticPod, .minikube: "kubelet"
            case .mixed: "dockerd or kubelet"
            }
        }

        func of(node number: Int) -> NodeRuntime {
            switch self {
            case .docker: .docker
            case .staticPod: .kubeadm
            case .minikube: .minikube
            case .mixed: number == 1 ? .docker : .kubeadm
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
    public let runtime: Runtime
    public let user: User
    public let encryption: Encryption
    /// The kube-apiserver to run, absolute: a real one or the stand-in.
    public let apiServer: String
    /// Added between the operator and the nodes (not between nodes), in milliseconds.
    public let roundTripTime: Double
    /// Added to the environment of kube-apiserver's container, which RKE and kubeadm leave empty.
    public let serverEnvironment: [String: String]
    /// Added to kube-apiserver's command line where the kubelet runs it.
    public let podArguments: [String]

    public init(
        folder: String, nodes: Int = 3, runtime: Runtime = .docker, user: User = .root,
        encryption: Encryption = .absent, apiServer: String, roundTripTime: Double = 0,
        serverEnvironment: [String: String] = [:], podArguments: [String] = []
    ) {
        self.folder = folder
        self.nodes = nodes
        self.runtime = runtime
        self.user = user
        self.encryption = encryption
        self.apiServer = apiServer
        self.roundTripTime = roundTripTime
        self.serverEnvironment = serverEnvironment
        self.podArguments = podArguments
    }
}
