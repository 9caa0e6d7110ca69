internal import Basics

/// The lab's certificates, under RKE's names (pki/constants.go) and of its kinds: RSA, PKCS #1.
struct Authority: Sendable {
    struct Certificate: Sendable {
        let name: String
        var commonName: String { subject ?? name }
        var subject: String?
        var organization: String?
        var servesAs: [String] = []
        var issuer: String? = "kube-ca"
    }

    /// Where the files are made: `<name>.pem` and `<name>-key.pem`.
    let folder: String
    let nodes: [LabNode]

    /// RKE has one authority for all but the front proxy, kubeadm one more for etcd. Nodes of both
    /// kinds in one cluster have to trust the same.
    private var hasAuthorityOfEtcd: Bool { nodes.allSatisfy(\.runtime.isStaticPods) }
    private var hasStaticPods: Bool { nodes.contains(where: \.runtime.isStaticPods) }
    /// What etcd's certificates are issued by.
    package var etcdAuthority: String { hasAuthorityOfEtcd ? "kube-etcd-ca" : "kube-ca" }
    /// With which etcd lets clients in.
    package var etcdClient: String {
        hasAuthorityOfEtcd ? "kube-apiserver-etcd-client" : "kube-node"
    }

    func certificatePath(_ name: String) -> String { "\(folder)/\(name).pem" }
    func keyPath(_ name: String) -> String { "\(folder)/\(name)-key.pem" }

    var authorities: [Certificate] {
        (["kube-ca", "kube-apiserver-requestheader-ca"]
            + (hasAuthorityOfEtcd ? [etcdAuthority] : []))
            .map { Certificate(name: $0, issuer: nil) }
    }

    var certificates: [Certificate] {
        let names = [
            "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
        ].map { "DNS:\($0)" }
        let services = ["10.43.0.1"] + (hasStaticPods ? ["10.96.0.1"] : [])
        let addresses = (["127.0.0.1"] + services + nodes.map(\.address)).map { "IP:\($0)" }
        let servers = names + addresses
        return [
            Certificate(name: "kube-apiserver", servesAs: servers),
            Certificate(
                name: "kube-apiserver-proxy-client", issuer: "kube-apiserver-requestheader-ca"),
            Certificate(name: "kube-controller-manager", subject: "system:kube-controller-manager"),
            Certificate(name: "kube-scheduler", subject: "system:kube-scheduler"),
            Certificate(name: "kube-proxy", subject: "system:kube-proxy"),
            Certificate(name: "kube-node", subject: "system:node", organization: "system:nodes"),
            Certificate(name: "kube-admin", organization: "system:masters"),
            Certificate(name: "kube-service-account-token"),
        ]
            + nodes.map {
                Certificate(
                    name: $0.etcdCertificateName, subject: "kube-etcd", servesAs: servers,
                    issuer: etcdAuthority)
            } + (hasStaticPods ? certificatesOfKubeadm : [])
    }

    /// Those that RKE doesn't have.
    private var certificatesOfKubeadm: [Certificate] {
        [
            Certificate(name: "kube-apiserver-etcd-client", issuer: etcdAuthority),
            Certificate(
                name: "kube-apiserver-kubelet-client", organization: "kubeadm:cluster-admins"),
            Certificate(name: "front-proxy-client", issuer: "kube-apiserver-requestheader-ca"),
            Certificate(name: "kube-etcd-healthcheck-client", issuer: etcdAuthority),
        ]
    }

    /// Makes them all, a few at a time.
    func issueAll() async throws {
        try Files.makeFolder(folder, mode: 0o700)
        for authority in authorities { try await issue(authority) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for certificate in certificates { group.addTask { try await issue(certificate) } }
            try await group.waitForAll()
        }
    }

    private func issue(_ certificate: Certificate) async throws {
        let key = keyPath(certificate.name)
        try await Command("openssl", ["genrsa", "-traditional", "-out", key, "2048"]).run()
        var arguments = [
            "req", "-x509", "-new", "-sha256", "-days", "3650", "-key", key,
            "-out", certificatePath(certificate.name),
            "-subj",
            (certificate.organization.map { "/O=\($0)" } ?? "")
                + "/CN=\(certificate.commonName)",
        ]
        func add(_ extension: String) { arguments += ["-addext", `extension`] }
        if let issuer = certificate.issuer {
            arguments += ["-CA", certificatePath(issuer), "-CAkey", keyPath(issuer)]
            add("basicConstraints=critical,CA:FALSE")
            add("keyUsage=critical,digitalSignature,keyEncipherment")
            let isServer = !certificate.servesAs.isEmpty
            add("extendedKeyUsage=clientAuth" + (isServer ? ",serverAuth" : ""))
            if isServer {
                add("subjectAltName=" + certificate.servesAs.joined(separator: ","))
            }
        } else {
            add("keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign")
        }
        try await Command("openssl", arguments).run()
    }

    /// Puts onto a node what RKE puts onto a control-plane and etcd node.
    func deploy(to node: LabNode) async throws {
        guard !node.runtime.isStaticPods else { return try await deployAsKubeadm(to: node) }
        let target = try node.root() + ContainerShape.certificates
        try Files.makeFolder(target)
        for certificate in authorities + certificates where certificate.name != "kube-admin" {
            for path in [certificatePath(certificate.name), keyPath(certificate.name)] {
                try await Command("install", ["-m", "0600", path, target]).run()
            }
        }
    }

    /// What `kubeadm init phase certs all` makes, under its names and with its modes.
    private func deployAsKubeadm(to node: LabNode) async throws {
        let target = try node.root() + node.runtime.certificates
        try Files.makeFolder(target + "/etcd")
        for (name, source) in namesOfKubeadm(node) {
            try Files.write(
                try Files.read(certificatePath(source)), to: "\(target)/\(name).crt")
            try Files.write(
                try Files.read(keyPath(source)), to: "\(target)/\(name).key", mode: 0o600)
        }
        let key = keyPath("kube-service-account-token")
        try Files.write(try Files.read(key), to: target + "/sa.key", mode: 0o600)
        let shown = try await Command("openssl", ["rsa", "-in", key, "-pubout"]).run()
        try Files.write(shown.output, to: target + "/sa.pub")
    }

    private func namesOfKubeadm(_ node: LabNode) -> [String: String] {
        [
            "ca": "kube-ca", "apiserver": "kube-apiserver",
            "apiserver-etcd-client": "kube-apiserver-etcd-client",
            "apiserver-kubelet-client": "kube-apiserver-kubelet-client",
            "front-proxy-ca": "kube-apiserver-requestheader-ca",
            "front-proxy-client": "front-proxy-client", "etcd/ca": etcdAuthority,
            "etcd/server": node.etcdCertificateName, "etcd/peer": node.etcdCertificateName,
            "etcd/healthcheck-client": "kube-etcd-healthcheck-client",
        ]
    }
}
