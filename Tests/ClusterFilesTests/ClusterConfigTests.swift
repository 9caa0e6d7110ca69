import Basics
import ClusterFiles
import EncryptionModel
import Testing

let environment = ["HOME": "/home/ada", "KEYS": "/keys"]

func readCluster(_ text: String, file: String = "conf/cluster.yml") throws -> ClusterConfig {
    try ClusterConfigReader.read(
        SecretBytes(copying: text.utf8), file: file, environment: environment)
}

@Suite struct ClusterConfigTests {
    @Test("one node and nothing else, RKE's defaults everywhere")
    func minimal() throws {
        let config = try readCluster(
            "nodes:\n  - {address: 192.0.2.10, user: ubuntu, role: [controlplane, etcd]}\n")
        let node = try #require(config.nodes.first)
        #expect(node.port == 22)
        #expect(node.name == "192.0.2.10")
        #expect(node.internalAddress == "192.0.2.10")
        #expect(node.dockerSocket == "/var/run/docker.sock")
        #expect(node.credentials.privateKey == .file("/home/ada/.ssh/id_rsa"))
        #expect(node.credentials.certificate == nil)
        #expect(!node.credentials.useAgent)
        #expect(node.roles == [.controlplane, .etcd])
        #expect(node.place.description == "conf/cluster.yml:2:5")
        #expect(config.name == "local")
        #expect(config.prefixPath == "/")
        #expect(config.bastion == nil)
        #expect(config.etcd.external == nil)
        #expect(config.encryption == .absent)
        #expect(config.settings.runtime == .auto)
        #expect(config.settings.evidence == .required)
        #expect(config.settings.kubeconfig == nil)
    }

    @Test("paths, relative to cluster.yml, home and variables expanded, the node's own first")
    func paths() throws {
        let config = try readCluster(
            """
            ssh_key_path: keys/all
            ssh_cert_path: ~/all.pub
            ssh_agent_auth: true
            nodes:
              - {address: a, user: u, role: [controlplane]}
              - {address: b, user: u, role: [etcd], ssh_key_path: "${KEYS}/b", ssh_agent_auth: false}
              - {address: c, user: u, role: [worker], ssh_key: PEM, ssh_cert: CERT, port: "2222"}
            orchestrator:
              kubeconfig: $KEYS/kc
              ssh: {known_hosts: hosts, connect_timeout: 1m30s}
            """)
        let (a, b, c) = (config.nodes[0], config.nodes[1], config.nodes[2])
        #expect(a.credentials.privateKey == .file("conf/keys/all"))
        #expect(a.credentials.certificate == .file("/home/ada/all.pub"))
        #expect(a.credentials.useAgent)
        #expect(b.credentials.privateKey == .file("/keys/b"))
        #expect(!b.credentials.useAgent)
        #expect(c.credentials.privateKey == .inline(SecretBytes(copying: "PEM".utf8)))
        #expect(c.credentials.certificate == .inline(SecretBytes(copying: "CERT".utf8)))
        #expect(c.port == 2222)
        #expect(config.settings.kubeconfig == "/keys/kc")
        #expect(config.settings.ssh.knownHosts == "conf/hosts")
        #expect(config.settings.ssh.connectTimeout == .seconds(90))
    }

    @Test(
        "secrets_encryption_config, absent, disabled and managed told apart",
        arguments: [
            ("null", .absent), ("{enabled: false}", .disabled), ("{enabled: off}", .disabled),
            ("{enabled: false, custom_config: {rubbish: 1}}", .disabled),
            ("{enabled: true}", .managed(.aescbc, ["secrets"], true)),
            ("{enabled: yes, custom_config: null}", .managed(.aescbc, ["secrets"], true)),
            (
                "{enabled: true, provider: secretbox, resources: [secrets, configmaps]}",
                .managed(.secretbox, ["secrets", "configmaps"], true)
            ),
            (
                "{enabled: true, resources: [\"*.\", \"*.apps\"], allow_unencrypted_reads: false}",
                .managed(.aescbc, ["*.", "*.apps"], false)
            ),
        ] as [(String, ToldEncryption)])
    func encryption(block: String, expected: ToldEncryption) throws {
        let config = try readCluster(
            """
            nodes: [{address: a, user: u, role: [controlplane]}]
            services: {kube-api: {secrets_encryption_config: \(block)}}
            """)
        #expect(ToldEncryption(config.encryption) == expected)
    }

    @Test("custom_config_file, read from beside cluster.yml, its errors told with its own lines")
    func customFile() throws {
        let folder = try TemporaryFolder()
        func encryption(_ contents: String?) throws -> SecretsEncryption {
            if let contents { try folder.write(contents, to: "custom.yml") }
            return try readCluster(
                """
                nodes: [{address: a, user: u, role: [controlplane]}]
                services: {kube-api: {secrets_encryption_config:
                  {enabled: true, custom_config_file: custom.yml}}}
                """, file: folder.file("cluster.yml")
            ).encryption
        }
        let missing = #expect(throws: Fault.self) { try encryption(nil) }
        #expect(missing?.message == "there is no file \(folder.file("custom.yml"))")
        let header = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n"
        let wrong = #expect(throws: Fault.self) {
            try encryption(
                header + "resources: [{resources: [Secrets], providers: [{identity: {}}]}]")
        }
        #expect(wrong?.place?.file == folder.file("custom.yml") && wrong?.place?.line == 3)
        let right = try encryption(
            header + "resources: [{resources: [secrets], providers: [{identity: {}}]}]")
        guard case .custom(let written) = right else {
            Issue.record("\(right)")
            return
        }
        #expect(written.config.patterns == [.secrets])
        #expect(written.places[.pattern(.secrets)].line == 3)
    }

    @Test("a custom config without apiVersion and kind, read as RKE reads it")
    func custom() throws {
        let config = try readCluster(
            """
            nodes: [{address: a, user: u, role: [controlplane]}]
            services:
              kube-api:
                secrets_encryption_config:
                  enabled: true
                  custom_config:
                    resources:
                    - resources: [secrets]
                      providers:
                      - aesgcm:
                          keys:
                          - {name: k1, secret: c2VjcmV0IGlzIHNlY3VyZQ==}
                      - identity: {}
            """)
        guard case .custom(let custom) = config.encryption else {
            Issue.record("\(config.encryption)")
            return
        }
        #expect(custom.config.rules.count == 1)
        #expect(custom.config.keys.map(\.name) == ["k1"])
        #expect(custom.config.rules[0].chain.entries.last == .identity)
        #expect(custom.places[.entry(.key(custom.config.keys[0]))].line == 12)
    }

    @Test("bastion, its own settings and the cluster's as RKE hands them down")
    func bastion() throws {
        let nodes = "nodes: [{address: a, user: u, role: [controlplane]}]\n"
        let empty = try readCluster(
            nodes + "bastion_host: {address: \"\", port: \"\", user: \"\", ssh_key: \"\"}\n")
        #expect(empty.bastion == nil)
        let config = try readCluster(
            nodes + "ssh_key_path: /k\nbastion_host: {address: b, port: 2022, user: jump}\n")
        let bastion = try #require(config.bastion)
        #expect((bastion.address, bastion.port, bastion.user) == ("b", 2022, "jump"))
        #expect(bastion.credentials.privateKey == .file("/k"))
    }

    @Test("scalars of any type where RKE keeps a string, read as written")
    func lenientStrings() throws {
        let config = try readCluster(
            """
            nodes: [{address: 10, user: yes, role: [controlplane], hostname_override: 1e3}]
            services:
              kube-api:
                extra_args: {v: 4, audit-log-compress: true}
                extra_args_array: {tls-sni-cert-key: [a, b]}
                extra_binds: [/a:/b]
                extra_env: [A=1]
            """)
        #expect(config.nodes[0].address == "10")
        #expect(config.nodes[0].user == "yes")
        #expect(config.nodes[0].name == "1e3")
        #expect(config.kubeAPI.extraArguments == ["v": "4", "audit-log-compress": "true"])
        #expect(config.kubeAPI.extraArgumentLists == ["tls-sni-cert-key": ["a", "b"]])
        #expect(config.kubeAPI.extraBinds == ["/a:/b"])
        #expect(config.kubeAPI.extraEnvironment == ["A=1"])
    }

    @Test("an external etcd, told from RKE's own")
    func externalEtcd() throws {
        let config = try readCluster(
            """
            nodes: [{address: a, user: u, role: [controlplane]}]
            services:
              etcd:
                external_urls: ["https://192.0.2.1:2379"]
                path: /registry
                ca_cert: CA
                cert: C
                key: K
            """)
        #expect(config.etcd.external?.endpoints == ["https://192.0.2.1:2379"])
        #expect(config.etcd.external?.prefix == "/registry")
    }

    @Test(
        "files beside cluster.yml, named as RKE names them",
        arguments: [
            ("cluster.yml", "cluster.rkestate", "kube_config_cluster.yml"),
            ("./cluster.yml", "cluster.rkestate", "kube_config_cluster.yml"),
            ("/a.b/prod", "/a.b/prod.rkestate", "/a.b/kube_config_prod"),
            ("x/my.cluster.yaml", "x/my.cluster.rkestate", "x/kube_config_my.cluster.yaml"),
            ("/cluster.yml", "/cluster.rkestate", "/kube_config_cluster.yml"),
        ])
    func names(file: String, state: String, kubeconfig: String) {
        #expect(ClusterFileNames.state(for: file) == state)
        #expect(ClusterFileNames.kubeconfig(for: file) == kubeconfig)
    }
}
