internal import Basics
internal import Foundation

/// The manifests of etcd and kube-apiserver as kubeadm writes them for the version
/// (`cmd/kubeadm/app/phases/controlplane`, `phases/etcd`, `util/staticpod`).
struct StaticPodManifests: Sendable {
    let nodes: [LabNode]
    let version: KubernetesVersion
    let images: Images
    /// Empty for what kubeadm writes of itself; else as its `extraEnvs`.
    let serverEnvironment: [String: String]
    /// Besides those of kubeadm.
    let serverArguments: [String]

    static let serviceAddresses = "10.96.0.0/12"

    /// Puts a manifest where the node's kubelet finds it.
    func write(_ component: Component, on node: LabNode) throws {
        try Self.write(text(of: component, on: node), as: component, on: node)
    }

    static func write(_ text: String, as component: Component, on node: LabNode) throws {
        let root = try node.root()
        // Under a hidden name first: the kubelet takes what it sees.
        let hidden = "\(root)\(NodeRuntime.manifests)/.\(component.rawValue)"
        try Files.write(text, to: hidden, mode: 0o600)
        guard rename(hidden, root + NodeRuntime.manifest(of: component)) == 0 else {
            throw Fault(
                .failed,
                "cannot write \(component.rawValue)'s manifest on \(node.name): "
                    + String(cString: strerror(errno)))
        }
    }

    func text(of component: Component, on node: LabNode) -> String {
        switch component {
        case .etcd: etcd(node)
        case .apiServer: apiServer(node)
        }
    }

    private func apiServer(_ node: LabNode) -> String {
        var shape = PodShape(
            component: .apiServer, image: images.podOfAPIServer,
            annotation: "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint: "
                + "\(node.address):\(node.apiServerPort)",
            command: ["kube-apiserver"] + apiServerArguments(node) + serverArguments,
            version: version)
        shape.environment = serverEnvironment
        shape.requests = ["cpu: 250m"]
        shape.probe = .init(
            host: node.address, port: node.apiServerPort, scheme: "HTTPS", live: "/livez",
            ready: "/readyz", start: "/livez")
        shape.mounts = [
            .init(name: "ca-certs", path: "/etc/ssl/certs", isReadOnly: true),
            .init(name: "etc-ca-certificates", path: "/etc/ca-certificates", isReadOnly: true),
            .init(name: "k8s-certs", path: node.runtime.certificates, isReadOnly: true),
            .init(
                name: "usr-local-share-ca-certificates",
                path: "/usr/local/share/ca-certificates", isReadOnly: true),
            .init(
                name: "usr-share-ca-certificates", path: "/usr/share/ca-certificates",
                isReadOnly: true),
        ]
        return shape.yaml
    }

    private func etcd(_ node: LabNode) -> String {
        let client = "https://\(node.address):2379"
        var shape = PodShape(
            component: .etcd, image: Images.podOfEtcd,
            annotation: "kubeadm.kubernetes.io/etcd.advertise-client-urls: \(client)",
            command: ["etcd"] + etcdArguments(node), version: version)
        shape.requests = ["cpu: 100m", "memory: 100Mi"]
        let (live, ready) =
            version.minor >= 31
            ? ("/livez", "/readyz")
            : ("/health?exclude=NOSPACE&serializable=true", "/health?serializable=false")
        shape.probe = .init(
            host: "127.0.0.1", port: 2381, scheme: "HTTP", live: live, ready: ready, start: ready)
        shape.mounts = [
            .init(name: "etcd-data", path: node.runtime.etcdData, isReadOnly: false),
            .init(
                name: "etcd-certs", path: node.runtime.certificates + "/etcd", isReadOnly: false),
        ]
        return shape.yaml
    }

    private func apiServerArguments(_ node: LabNode) -> [String] {
        let pki = node.runtime.certificates
        let plugins =
            node.runtime == .minikube
            ? "NamespaceLifecycle,LimitRanger,ServiceAccount,DefaultStorageClass,"
                + "DefaultTolerationSeconds,NodeRestriction,MutatingAdmissionWebhook,"
                + "ValidatingAdmissionWebhook,ResourceQuota"
            : "NodeRestriction"
        return Self.arguments([
            "advertise-address": node.address, "allow-privileged": "true",
            "authorization-mode": "Node,RBAC", "client-ca-file": "\(pki)/ca.crt",
            "enable-admission-plugins": plugins, "enable-bootstrap-token-auth": "true",
            "etcd-cafile": "\(pki)/etcd/ca.crt",
            "etcd-certfile": "\(pki)/apiserver-etcd-client.crt",
            "etcd-keyfile": "\(pki)/apiserver-etcd-client.key",
            "etcd-servers": "https://127.0.0.1:2379",
            "kubelet-client-certificate": "\(pki)/apiserver-kubelet-client.crt",
            "kubelet-client-key": "\(pki)/apiserver-kubelet-client.key",
            "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
            "proxy-client-cert-file": "\(pki)/front-proxy-client.crt",
            "proxy-client-key-file": "\(pki)/front-proxy-client.key",
            "requestheader-allowed-names": "front-proxy-client",
            "requestheader-client-ca-file": "\(pki)/front-proxy-ca.crt",
            "requestheader-extra-headers-prefix": "X-Remote-Extra-",
            "requestheader-group-headers": "X-Remote-Group",
            "requestheader-username-headers": "X-Remote-User",
            "secure-port": "\(node.apiServerPort)",
            "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
            "service-account-key-file": "\(pki)/sa.pub",
            "service-account-signing-key-file": "\(pki)/sa.key",
            "service-cluster-ip-range": Self.serviceAddresses,
            "tls-cert-file": "\(pki)/apiserver.crt",
            "tls-private-key-file": "\(pki)/apiserver.key",
        ])
    }

    /// Without what the etcd of this lab, a 3.4, doesn't know yet.
    private func etcdArguments(_ node: LabNode) -> [String] {
        let pki = node.runtime.certificates + "/etcd"
        let (client, peer) = ("https://\(node.address):2379", "https://\(node.address):2380")
        var options = [
            "advertise-client-urls": client, "cert-file": "\(pki)/server.crt",
            "client-cert-auth": "true", "data-dir": node.runtime.etcdData,
            "experimental-initial-corrupt-check": "true",
            "initial-advertise-peer-urls": peer,
            "initial-cluster": nodes.map { "\($0.etcdName)=https://\($0.address):2380" }
                .joined(separator: ","),
            "key-file": "\(pki)/server.key",
            "listen-client-urls": "https://127.0.0.1:2379,\(client)",
            "listen-metrics-urls": "http://127.0.0.1:2381", "listen-peer-urls": peer,
            "name": node.etcdName, "peer-cert-file": "\(pki)/peer.crt",
            "peer-client-cert-auth": "true", "peer-key-file": "\(pki)/peer.key",
            "peer-trusted-ca-file": "\(pki)/ca.crt", "snapshot-count": "10000",
            "trusted-ca-file": "\(pki)/ca.crt",
        ]
        // A member of RKE's would take one with kubeadm's for a member of another cluster.
        if nodes.contains(where: { $0.runtime == .docker }) {
            options["initial-cluster-token"] = ContainerShape.etcdToken
        }
        return Self.arguments(options)
    }

    private static func arguments(_ options: [String: String]) -> [String] {
        options.sorted { $0.key < $1.key }.map { "--\($0.key)=\($0.value)" }
    }
}
