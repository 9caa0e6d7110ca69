import Testing

@testable import StandIn

@Suite struct CommandLineTests {
    /// What RKE passes to a control plane of 1.30 with encryption on.
    static let rke = [
        "--etcd-cafile=/etc/kubernetes/ssl/kube-ca.pem", "--profiling=false",
        "--etcd-certfile=/etc/kubernetes/ssl/kube-node.pem",
        "--audit-policy-file=/etc/kubernetes/audit-policy.yaml", "--service-account-lookup=true",
        "--etcd-keyfile=/etc/kubernetes/ssl/kube-node-key.pem", "--anonymous-auth=false",
        "--requestheader-group-headers=X-Remote-Group", "--cloud-provider=",
        "--etcd-servers=https://172.18.0.2:2379,https://172.18.0.3:2379",
        "--runtime-config=authorization.k8s.io/v1beta1=true", "--secure-port=6443",
        "--etcd-prefix=/registry", "--client-ca-file=/etc/kubernetes/ssl/kube-ca.pem",
        "--tls-cert-file=/etc/kubernetes/ssl/kube-apiserver.pem", "--bind-address=0.0.0.0",
        "--tls-private-key-file=/etc/kubernetes/ssl/kube-apiserver-key.pem",
        "--advertise-address=172.18.0.2", "--allow-privileged=true", "--storage-backend=etcd3",
        "--authorization-mode=Node,RBAC", "--service-node-port-range=30000-32767",
        "--encryption-provider-config=/etc/kubernetes/ssl/encryption.yaml",
    ]

    @Test("RKE's command line, understood")
    func realCommandLine() throws {
        let options = try ServerOptions(arguments: Self.rke, environment: [:])
        #expect(options.etcdServers == ["https://172.18.0.2:2379", "https://172.18.0.3:2379"])
        #expect(options.securePort == 6443)
        #expect(!options.anonymousAuth)
        #expect(options.encryptionConfig == "/etc/kubernetes/ssl/encryption.yaml")
        #expect(!options.automaticReload)
    }

    @Test("a value after a space, as good as after an equals sign")
    func spaces() throws {
        let options = try ServerOptions(
            arguments: [
                "--etcd-servers", "http://127.0.0.1:1", "--secure-port", "7", "--anonymous-auth",
                "--encryption-provider-config-automatic-reload", "--v", "2",
            ], environment: [:])
        #expect(options.securePort == 7)
        #expect(options.anonymousAuth)
        #expect(options.automaticReload)
    }

    @Test(
        "what the version doesn't know, refused in its words",
        arguments: [
            ("1.36", "--nonsense", "unknown flag: --nonsense"),
            (
                "1.25", "--encryption-provider-config-automatic-reload",
                "unknown flag: --encryption-provider-config-automatic-reload"
            ),
            (
                "1.30", "--experimental-encryption-provider-config=x",
                "unknown flag: --experimental-encryption-provider-config"
            ),
            (
                "1.12", "--encryption-provider-config=x",
                "unknown flag: --encryption-provider-config"
            ),
            ("1.36", "--secure-port=x", "invalid argument \"x\" for \"--secure-port\" flag"),
            ("1.36", "--anonymous-auth=maybe", "invalid argument \"maybe\""),
            ("1.36", "--etcd-prefix", "flag needs an argument: --etcd-prefix"),
            ("1.36", "stray", "unknown command \"stray\""),
        ])
    func refused(version: String, argument: String, words: String) {
        let error = #expect(throws: UsageError.self) {
            try ServerOptions(
                arguments: ["--etcd-servers=http://127.0.0.1:1", argument],
                environment: ["STANDIN_VERSION": version])
        }
        #expect(error?.description.hasPrefix(words) == true, "\(error?.description ?? "")")
    }

    @Test("endpoints, with and without port, name, address")
    func endpoints() {
        let good: [(String, String, Int, Bool, String?)] = [
            ("https://etcd-1:2379", "etcd-1", 2379, true, "etcd-1"),
            ("http://127.0.0.1:1/", "127.0.0.1", 1, false, nil),
            ("https://[::1]:23", "::1", 23, true, nil), ("https://a", "a", 2379, true, "a"),
        ]
        for (text, host, port, isSecure, name) in good {
            let endpoint = EtcdEndpoint(text)
            #expect(endpoint?.host == host)
            #expect(endpoint?.port == port)
            #expect(endpoint?.isSecure == isSecure)
            #expect(endpoint?.serverName == name)
        }
        for bad in ["", "127.0.0.1:2379", "https://", "https://a:x", "unix:///x"] {
            #expect(EtcdEndpoint(bad) == nil)
        }
    }

    @Test("continue tokens, there and back, never out of the list")
    func tokens() throws {
        let prefix = Array("/registry/secrets/a/".utf8)
        let token = ContinueToken(revision: 7, key: prefix + Array("x".utf8) + [0])
        let read = try ContinueToken.decode(token.encode(below: prefix), below: prefix)
        #expect(read.revision == 7)
        #expect(read.key == token.key)
        for start in ["../b", "/..", "a//b", "./x", ""] {
            let text = "{\"v\":\"meta.k8s.io/v1\",\"rv\":7,\"start\":\"\(start)\"}"
            #expect(throws: APIError.self, "\(start)") {
                try ContinueToken.decode(Base64.encode(Array(text.utf8), .rawURL), below: prefix)
            }
        }
    }
}
