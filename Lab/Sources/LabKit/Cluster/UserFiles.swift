internal import Foundation

/// What the lab makes for its user: the files that an administrator of an RKE cluster has. Of a
/// cluster that RKE didn't make there is no state file.
struct UserFiles {
    let options: LabOptions
    let nodes: [LabNode]
    let authority: Authority
    let version: KubernetesVersion

    static let sshKey = "id_ed25519"

    func write() throws {
        let folder = options.folder
        try writeClusterFile(encryption: options.encryption)
        try Files.write(
            try kubeconfig(), to: folder + "/kube_config_cluster.yml", mode: 0o600)
        if options.runtime.hasNodesOfRKE {
            try Files.write(try state(), to: folder + "/cluster.rkestate", mode: 0o600)
        }
        let hosts = try nodes.map { node in
            "\(node.address) \(try NodeProcesses.hostKey(of: node))"
        }
        try Files.write(hosts.joined(), to: folder + "/known_hosts")
    }

    func writeClusterFile(encryption: LabOptions.Encryption) throws {
        try Files.write(
            clusterYAML(encryption: encryption), to: options.folder + "/cluster.yml")
    }

    func clusterYAML(encryption: LabOptions.Encryption) -> String {
        var lines = [
            "cluster_name: lab",
            "kubernetes_version: \(release)",
            "ssh_key_path: \(UserFiles.sshKey)",
            "nodes:",
        ]
        for node in nodes {
            lines += [
                "  - address: \(node.address)",
                "    user: \(options.user.accountName)",
                "    role: [\(roles(of: node).joined(separator: ", "))]",
            ]
        }
        lines += [
            "network:",
            "  plugin: none",
            "services:",
            "  kube-api:",
            "    service_cluster_ip_range: \(serviceAddresses)",
        ]
        if encryption != .absent {
            lines += [
                "    secrets_encryption_config:",
                "      enabled: \(encryption == .on)",
            ]
        }
        lines += ["orchestrator:", "  ssh:", "    known_hosts: known_hosts"]
        return lines.map { $0 + "\n" }.joined()
    }

    /// As RKE names its releases, and as kubeadm does.
    private var release: String {
        options.runtime.hasNodesOfRKE ? "\(version)-rancher1-1" : version.text
    }

    private var serviceAddresses: String {
        options.runtime.hasNodesOfRKE ? "10.43.0.0/16" : StaticPodManifests.serviceAddresses
    }

    private func roles(of node: LabNode) -> [String] {
        ["controlplane", "etcd"] + (node.number == 1 ? ["worker"] : [])
    }

    /// As RKE writes it: everything embedded, the first control-plane node as the server.
    private func kubeconfig() throws -> String {
        func data(_ path: String) throws -> String {
            Data(try Files.read(path).utf8).base64EncodedString()
        }
        return """
            apiVersion: v1
            kind: Config
            clusters:
            - cluster:
                api-version: v1
                certificate-authority-data: \(try data(authority.certificatePath("kube-ca")))
                server: "https://\(nodes[0].address):\(nodes[0].apiServerPort)"
              name: "lab"
            contexts:
            - context:
                cluster: "lab"
                user: "kube-admin-lab"
              name: "lab"
            current-context: "lab"
            users:
            - name: "kube-admin-lab"
              user:
                client-certificate-data: \(try data(authority.certificatePath("kube-admin")))
                client-key-data: \(try data(authority.keyPath("kube-admin")))

            """
    }

    /// As RKE writes it (cluster/state.go): the same twice after a successful run.
    private func state() throws -> [UInt8] {
        let state: [String: Any] = [
            "rkeConfig": rkeConfig, "certificatesBundle": try certificatesBundle(),
        ]
        let encoded = try JSONSerialization.data(
            withJSONObject: ["desiredState": state, "currentState": state],
            options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return Array(encoded)
    }

    private var rkeConfig: [String: Any] {
        [
            "nodes": nodes.map { node in
                [
                    "address": node.address, "port": "22", "internalAddress": node.address,
                    "role": roles(of: node), "hostnameOverride": node.address,
                    "user": options.user.accountName, "sshKeyPath": UserFiles.sshKey,
                ] as [String: Any]
            },
            "services": [
                "etcd": ["extraArgs": ["election-timeout": "5000", "heartbeat-interval": "500"]],
                "kubeApi": [
                    "serviceClusterIpRange": serviceAddresses,
                    "serviceNodePortRange": "30000-32767",
                ],
            ],
            "network": ["plugin": "none"],
            "authentication": ["strategy": "x509"],
            "authorization": ["mode": "rbac"],
            "sshKeyPath": UserFiles.sshKey,
            "kubernetesVersion": release,
            "clusterName": "lab",
        ]
    }

    /// The members of RKE's `CertificatePKI` (pki/pki.go).
    private func certificatesBundle() throws -> [String: Any] {
        var bundle: [String: Any] = [:]
        for certificate in authority.authorities + authority.certificates {
            let name = certificate.name
            let environment = name.uppercased().replacing("-", with: "_")
            let path = "\(ContainerShape.certificates)/\(name)"
            bundle[name] = [
                "certificatePEM": try Files.read(authority.certificatePath(name)),
                "keyPEM": try Files.read(authority.keyPath(name)),
                "config": "", "name": name, "commonName": certificate.commonName,
                "ouName": certificate.organization ?? "", "envName": environment,
                "path": path + ".pem", "keyEnvName": environment + "_KEY",
                "keyPath": path + "-key.pem", "configEnvName": "", "configPath": "",
            ]
        }
        return bundle
    }
}
