internal import Basics

/// A Kubernetes version, as far as arguments depend on it.
public struct KubernetesVersion: Sendable, Hashable, CustomStringConvertible {
    public let major: Int
    public let minor: Int
    /// As the program prints it: `v1.36.2`.
    public let text: String

    public var description: String { text }

    /// Reads what `kube-apiserver --version` prints: `Kubernetes v1.36.2`.
    public init?(printed: String) {
        guard
            let word = printed.split(whereSeparator: \.isWhitespace).first(where: {
                $0.hasPrefix("v") && $0.dropFirst().first?.isNumber == true
            })
        else { return nil }
        let numbers = word.dropFirst().split(separator: ".").map { $0.prefix(while: \.isNumber) }
        guard numbers.count >= 2, let major = Int(numbers[0]), let minor = Int(numbers[1])
        else { return nil }
        self.major = major
        self.minor = minor
        text = String(word)
    }

    /// Of the lab's API server, in the environment that it will have: the stand-in acts like the
    /// version that this tells it.
    public static func of(_ options: LabOptions) async throws -> KubernetesVersion {
        try await of(apiServer: options.apiServer, environment: options.serverEnvironment)
    }

    /// Asks the program.
    public static func of(
        apiServer: String, environment: [String: String] = [:]
    ) async throws -> KubernetesVersion {
        let printed = try await Command(apiServer, ["--version"], environment: environment)
            .run().text
        guard let version = KubernetesVersion(printed: printed) else {
            throw Fault(.remote, "\(apiServer) --version printed no version: \(printed.prefix(80))")
        }
        return version
    }
}

/// kube-apiserver's arguments, as RKE passes them: those of its code (cluster/plan.go) and of
/// its table of service options, without what a newer version has dropped.
struct APIServerArguments {
    let node: LabNode
    let nodes: [LabNode]
    let version: KubernetesVersion

    var options: [String: String] {
        var options = fixed.merging(certificates) { $1 }
        options["advertise-address"] = node.address
        options["etcd-servers"] = etcdServers
        if version.minor < 26 { options["logtostderr"] = "true" }
        // An argument of in-tree cloud providers, removed with them in 1.33.
        if version.minor < 33 { options["cloud-provider"] = "" }
        return options
    }

    /// The node's own member comes first, then the others.
    private var etcdServers: String {
        ([node] + nodes.filter { $0 != node }).map { "https://\($0.address):2379" }
            .joined(separator: ",")
    }

    private var fixed: [String: String] {
        [
            "allow-privileged": "true", "anonymous-auth": "false", "api-audiences": "unknown",
            "authorization-mode": "Node,RBAC", "bind-address": "0.0.0.0",
            "enable-admission-plugins": "NamespaceLifecycle,LimitRanger,ServiceAccount,"
                + "DefaultStorageClass,DefaultTolerationSeconds,MutatingAdmissionWebhook,"
                + "ValidatingAdmissionWebhook,ResourceQuota,NodeRestriction,Priority,"
                + "TaintNodesByCondition,PersistentVolumeClaimResize",
            "etcd-prefix": "/registry",
            "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
            "profiling": "false",
            "requestheader-allowed-names": "kube-apiserver-proxy-client",
            "requestheader-extra-headers-prefix": "X-Remote-Extra-",
            "requestheader-group-headers": "X-Remote-Group",
            "requestheader-username-headers": "X-Remote-User",
            "secure-port": "6443", "service-account-issuer": "rke",
            "service-account-lookup": "true", "service-cluster-ip-range": "10.43.0.0/16",
            "service-node-port-range": "30000-32767", "storage-backend": "etcd3",
            "tls-cipher-suites": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,"
                + "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,"
                + "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,"
                + "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        ]
    }

    private var certificates: [String: String] {
        let ssl = ContainerShape.certificates
        return [
            "client-ca-file": "\(ssl)/kube-ca.pem", "etcd-cafile": "\(ssl)/kube-ca.pem",
            "etcd-certfile": "\(ssl)/kube-node.pem", "etcd-keyfile": "\(ssl)/kube-node-key.pem",
            "kubelet-client-certificate": "\(ssl)/kube-apiserver.pem",
            "kubelet-client-key": "\(ssl)/kube-apiserver-key.pem",
            "proxy-client-cert-file": "\(ssl)/kube-apiserver-proxy-client.pem",
            "proxy-client-key-file": "\(ssl)/kube-apiserver-proxy-client-key.pem",
            "requestheader-client-ca-file": "\(ssl)/kube-apiserver-requestheader-ca.pem",
            "service-account-key-file": "\(ssl)/kube-service-account-token-key.pem",
            "service-account-signing-key-file": "\(ssl)/kube-service-account-token-key.pem",
            "tls-cert-file": "\(ssl)/kube-apiserver.pem",
            "tls-private-key-file": "\(ssl)/kube-apiserver-key.pem",
        ]
    }
}
