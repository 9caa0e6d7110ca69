public import Basics
public import EncryptionModel

/// What cluster.yml says, as far as it matters here, with RKE's defaults filled in.
///
/// Field names and defaults: rancher/rke `types/rke_types.go` and `cluster/defaults.go`.
public struct ClusterConfig: Sendable {
    /// The path it was read from.
    public let file: String
    /// RKE's default is `local`.
    public let name: String
    /// As written (`v1.30.4-rancher1-1`); nil where RKE would choose.
    public let kubernetesVersion: String?
    /// Before every path on the nodes; RKE's default is `/`.
    public let prefixPath: String
    /// At least one with the role controlplane; no two of one address or host name.
    public let nodes: [NodeConfig]
    public let bastion: BastionConfig?
    public let kubeAPI: KubeAPIConfig
    public let etcd: EtcdConfig
    /// Further names in kube-apiserver's certificate (`authentication.sans`).
    public let certificateNames: [String]
    public let encryption: SecretsEncryption
    /// The block `orchestrator`, which RKE doesn't know.
    public let settings: OrchestratorSettings

    public var controlPlane: [NodeConfig] { nodes.filter { $0.roles.contains(.controlplane) } }
    public var etcdNodes: [NodeConfig] { nodes.filter { $0.roles.contains(.etcd) } }
}

public enum NodeRole: String, Sendable, Hashable, CaseIterable {
    case controlplane, etcd, worker
}

public struct NodeConfig: Sendable {
    /// `hostname_override` in lower case, else the address: RKE's name of the node.
    public let name: String
    /// Where SSH connects to.
    public let address: String
    public let port: Int
    /// What the cluster's components use among themselves; by default the address.
    public let internalAddress: String
    public let user: String
    public let roles: Set<NodeRole>
    public let credentials: SSHCredentials
    public let dockerSocket: String
    /// Where the node stands in the file.
    public let place: Fault.Place
}

public struct BastionConfig: Sendable {
    public let address: String
    public let port: Int
    public let user: String
    public let credentials: SSHCredentials
    public let place: Fault.Place
}

/// How to prove who we are to an SSH server. An agent goes first where one is asked for.
public struct SSHCredentials: Sendable {
    /// Something that may stand in cluster.yml itself or in a file.
    public enum Source: Sendable, Hashable {
        case inline(SecretBytes)
        /// An absolute path, or one relative to the working directory as cluster.yml's own is.
        case file(String)
    }

    public let useAgent: Bool
    public let privateKey: Source
    public let certificate: Source?
}

/// `services.kube-api`, as far as it decides how kube-apiserver is started.
public struct KubeAPIConfig: Sendable {
    public let extraArguments: [String: String]
    public let extraArgumentLists: [String: [String]]
    public let extraBinds: [String]
    public let extraEnvironment: [String]
}

/// `services.etcd`: whether the cluster's etcd is RKE's own.
public struct EtcdConfig: Sendable {
    /// An etcd that RKE doesn't run.
    public struct External: Sendable {
        public let endpoints: [String]
        /// PEM.
        public let caCertificate: String
        /// PEM.
        public let clientCertificate: String
        /// PEM.
        public let clientKey: SecretBytes
        /// `--etcd-prefix`.
        public let prefix: String
    }

    public let external: External?
    public let extraArguments: [String: String]
}

/// What `secrets_encryption_config` asks for.
public enum SecretsEncryption: Sendable, Hashable {
    /// The block isn't there.
    case absent
    /// `enabled: false`
    case disabled
    /// Keys made and rotated by us, as RKE's; beyond RKE under `provider` and `resources`, and with
    /// plaintext unreadable in the end.
    case managed(
        provider: LocalProvider, resources: [ResourcePattern], allowsUnencryptedReads: Bool,
        places: ConfigPlaces)
    /// The user's own provider config.
    case custom(WrittenConfig)
}
