/// A container as RKE makes it: what it sets (services/services.go, `GetProcessConfig`), and
/// nothing else.
struct ContainerShape: Sendable {
    let name: String
    let image: String
    var entrypoint: [String] = []
    var arguments: [String] = []
    var environment: [String] = []
    var binds: [String] = []
    var volumesFrom: [String] = []
    var volumes: [String] = []
    var networkMode = "host"
    var restart = "always"

    /// The body of the engine's create request.
    var request: [String: Any] {
        var hostConfig: [String: Any] = ["NetworkMode": networkMode]
        if !binds.isEmpty { hostConfig["Binds"] = binds }
        if !volumesFrom.isEmpty { hostConfig["VolumesFrom"] = volumesFrom }
        if !restart.isEmpty { hostConfig["RestartPolicy"] = ["Name": restart] }
        var request: [String: Any] = [
            "Image": image, "HostConfig": hostConfig,
            "Labels": ["io.rancher.rke.container.name": name],
        ]
        if !entrypoint.isEmpty { request["Entrypoint"] = entrypoint }
        if !arguments.isEmpty { request["Cmd"] = arguments }
        if !environment.isEmpty { request["Env"] = environment }
        if !volumes.isEmpty {
            request["Volumes"] = Dictionary(
                uniqueKeysWithValues: volumes.map { ($0, [String: String]()) })
        }
        return request
    }
}

extension ContainerShape {
    static let certificates = "/etc/kubernetes/ssl"
    static let etcdToken = "etcd-cluster-1"

    /// Never started: it lends its volume to the others.
    static func sidekick(_ images: Images) -> ContainerShape {
        ContainerShape(
            name: "service-sidekick", image: images.tools, entrypoint: ["/bin/bash"],
            volumes: ["/opt/rke-tools"], networkMode: "none", restart: "")
    }

    /// As RKE's `BuildEtcdProcess` (cluster/plan.go): all in the arguments, no entrypoint.
    static func etcd(_ node: LabNode, of nodes: [LabNode], _ images: Images) -> ContainerShape {
        let certificate = "\(certificates)/\(node.etcdCertificateName)"
        let options = [
            "name": node.etcdName, "data-dir": "/var/lib/rancher/etcd/",
            "listen-client-urls": "https://0.0.0.0:2379",
            "advertise-client-urls": "https://\(node.address):2379",
            "listen-peer-urls": "https://0.0.0.0:2380",
            "initial-advertise-peer-urls": "https://\(node.address):2380",
            "initial-cluster-token": etcdToken, "initial-cluster-state": "new",
            "initial-cluster": nodes.map { "\($0.etcdName)=https://\($0.address):2380" }
                .joined(separator: ","),
            "trusted-ca-file": "\(certificates)/kube-ca.pem",
            "peer-trusted-ca-file": "\(certificates)/kube-ca.pem",
            "cert-file": "\(certificate).pem", "key-file": "\(certificate)-key.pem",
            "peer-cert-file": "\(certificate).pem", "peer-key-file": "\(certificate)-key.pem",
            "client-cert-auth": "true", "peer-client-cert-auth": "true",
            "heartbeat-interval": "500", "election-timeout": "5000", "enable-v2": "true",
            "cipher-suites":
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        ]
        return ContainerShape(
            name: "etcd", image: images.etcd,
            arguments: ["/usr/local/bin/etcd"] + asArguments(options),
            environment: [
                "ETCDCTL_API=3", "ETCDCTL_CACERT=\(certificates)/kube-ca.pem",
                "ETCDCTL_CERT=\(certificate).pem", "ETCDCTL_KEY=\(certificate)-key.pem",
                "ETCDCTL_ENDPOINTS=https://127.0.0.1:2379", "ETCD_UNSUPPORTED_ARCH=x86_64",
            ],
            binds: [
                "/var/lib/etcd:/var/lib/rancher/etcd/:z", "/etc/kubernetes:/etc/kubernetes:z",
            ])
    }

    /// As RKE's `BuildKubeAPIProcess`: all in the entrypoint, behind that of RKE's tools.
    static func apiServer(
        _ node: LabNode, of nodes: [LabNode], version: KubernetesVersion, _ images: Images
    ) -> ContainerShape {
        let options = APIServerArguments(node: node, nodes: nodes, version: version).options
        return ContainerShape(
            name: "kube-apiserver", image: images.apiServer,
            entrypoint: ["/opt/rke-tools/entrypoint.sh", "kube-apiserver"] + asArguments(options),
            binds: ["/etc/kubernetes:/etc/kubernetes:z"], volumesFrom: ["service-sidekick"])
    }

    /// RKE gives no order to them; a fixed one makes labs comparable.
    private static func asArguments(_ options: [String: String]) -> [String] {
        options.sorted { $0.key < $1.key }.map { "--\($0.key)=\($0.value)" }
    }
}
