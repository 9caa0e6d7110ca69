/// How one node runs etcd and kube-apiserver, and where it has their files.
public enum NodeRuntime: String, Sendable, Hashable, CaseIterable {
    case docker, kubeadm, minikube

    public var isStaticPods: Bool { self != .docker }

    /// The folder of certificates and keys, which kube-apiserver sees.
    public var certificates: String {
        switch self {
        case .docker: ContainerShape.certificates
        case .kubeadm: "/etc/kubernetes/pki"
        case .minikube: "/var/lib/minikube/certs"
        }
    }

    public var apiServerPort: Int { self == .minikube ? 8443 : 6443 }

    /// etcd's data, as the node has it.
    var etcdData: String {
        switch self {
        case .docker, .kubeadm: "/var/lib/etcd"
        case .minikube: "/var/lib/minikube/etcd"
        }
    }

    /// The kubelet's `staticPodPath`, the same for both.
    public static let manifests = "/etc/kubernetes/manifests"

    public static func manifest(of component: Component) -> String {
        "\(manifests)/\(component.rawValue).yaml"
    }
}

/// What every node of a lab runs, by the name of its container and pod.
public enum Component: String, Sendable, Hashable, CaseIterable {
    case etcd
    case apiServer = "kube-apiserver"
}
