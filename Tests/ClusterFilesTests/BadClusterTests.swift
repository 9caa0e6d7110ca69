import Basics
import ClusterFiles
import TestSupport
import Testing

/// A cluster.yml with one mistake: where it is and what is said of it.
struct BadCluster: Sendable, CustomTestStringConvertible {
    let text: String
    let place: String
    let message: String
    let hint: String?

    init(_ text: String, _ place: String, _ message: String, hint: String? = nil) {
        self.text = text
        self.place = place
        self.message = message
        self.hint = hint
    }

    /// A good cluster, and a line more: number 2.
    static func top(_ line: String, _ column: Int, _ message: String, hint: String? = nil)
        -> BadCluster
    {
        BadCluster(
            "nodes: [{address: a, user: u, role: [controlplane]}]\n\(line)\n", "2:\(column)",
            message, hint: hint)
    }

    /// A good cluster, and a field of `services.kube-api`: line 4 from column 5 on.
    static func kubeAPI(_ line: String, _ column: Int, _ message: String, hint: String? = nil)
        -> BadCluster
    {
        let head = "nodes: [{address: a, user: u, role: [controlplane]}]\nservices:\n  kube-api:\n"
        return BadCluster("\(head)    \(line)\n", "4:\(column)", message, hint: hint)
    }

    /// One node, in flow style: its fields begin at column 5 of line 2.
    static func node(_ fields: String, _ column: Int, _ message: String, hint: String? = nil)
        -> BadCluster
    {
        BadCluster("nodes:\n- {\(fields)}\n", "2:\(column)", message, hint: hint)
    }

    var testDescription: String { message }
}

private func refusal(of text: String) -> Fault? {
    do {
        _ = try readCluster(text)
        return nil
    } catch {
        return Fault(error)
    }
}

private let good = "address: a, user: u, role: [controlplane]"

@Suite struct BadClusterTests {
    @Test(
        "mistakes in cluster.yml, each told with its place and what to do",
        arguments: [
            BadCluster("", "1:1", "the file holds no cluster"),
            BadCluster("[]", "1:1", "cluster.yml must be a mapping, not a list"),
            BadCluster("hello", "1:1", "cluster.yml must be a mapping, not a string"),
            BadCluster("cluster_name: x\n", "1:1", "the cluster has no nodes"),
            BadCluster("nodes: []\n", "1:8", "the cluster has no nodes"),
            BadCluster("nodes: {}\n", "1:8", "nodes must be a list of nodes, not a mapping"),
            BadCluster(
                "node:\n- {\(good)}\n", "1:1", "unknown field \"node\"",
                hint: "Did you mean \"nodes\"?"),
            BadCluster("nodes: [~]\n", "1:9", "node 1 is empty"),
            BadCluster("nodes: [192.0.2.1]\n", "1:9", "node 1 must be a mapping, not a string"),
            .node("user: u, role: [controlplane]", 3, "node 1 has no address"),
            .node("address: '', user: u, role: [controlplane]", 13, "node 1 has no address"),
            .node(
                "address: [a], user: u, role: [controlplane]", 13,
                "address must be a string, not a list"),
            .node(
                "address: \"a:22\", user: u, role: [controlplane]", 13,
                "address must be a host name or an IP address alone",
                hint: "The port goes into «port»."),
            .node(
                "address: u@a, user: u, role: [controlplane]", 13,
                "address must be a host name or an IP address alone",
                hint: "The user goes into «user»."),
            .node("address: a, role: [controlplane]", 3, "node 1 has no user"),
            .node(
                "adress: a, user: u, role: [controlplane]", 4, "unknown field \"adress\"",
                hint: "Did you mean \"address\"?"),
            .node(
                "ip: a, user: u, role: [controlplane]", 4, "unknown field \"ip\"",
                hint: "Did you mean \"address\"?"),
            .node(
                "address: a, user: u, roles: [controlplane]", 25, "unknown field \"roles\"",
                hint: "Did you mean \"role\"?"),
            .node(
                "\(good), internalAddress: b", 47, "unknown field \"internalAddress\"",
                hint: "Did you mean \"internal_address\"?"),
            .node(
                "\(good), ssh_keypath: b", 47, "unknown field \"ssh_keypath\"",
                hint: "Did you mean \"ssh_key_path\"?"),
            .node(
                "\(good), hostname_overide: b", 47, "unknown field \"hostname_overide\"",
                hint: "Did you mean \"hostname_override\"?"),
            .node(
                "\(good), dokcer_socket: b", 47, "unknown field \"dokcer_socket\"",
                hint: "Did you mean \"docker_socket\"?"),
            .node("address: a, user: u", 3, "node 1 has no role"),
            .node("address: a, user: u, role: []", 31, "node 1 has no role"),
            .node(
                "address: a, user: u, role: controlplane", 31,
                "role must be a list, not a string", hint: "As in «role: [controlplane, etcd]»."),
            .node(
                "address: a, user: u, role: [controlplane, wroker]", 46,
                "there is no role \"wroker\"", hint: "Did you mean \"worker\"?"),
            .node(
                "address: a, user: u, role: [master]", 32, "there is no role \"master\"",
                hint: "Did you mean \"controlplane\"?"),
            .node(
                "address: a, user: u, role: [node]", 32, "there is no role \"node\"",
                hint: "It is one of: controlplane, etcd, worker."),
            .node(
                "address: a, user: u, role: [worker, etcd]", 1, "no node has the role controlplane"),
            .node("\(good), port: 0", 53, "port must be a whole number from 1 to 65535"),
            .node("\(good), port: 65536", 53, "port must be a whole number from 1 to 65535"),
            .node("\(good), port: ssh", 53, "port must be a whole number from 1 to 65535"),
            .node("\(good), port: [22]", 53, "port must be a number, not a list"),
            .node(
                "\(good), ssh_agent_auth: \"yes\"", 63,
                "ssh_agent_auth must be true or false, not a string"),
            .node(
                "\(good), ssh_agent_auth: 1", 63,
                "ssh_agent_auth must be true or false, not a whole number"),
            .node("\(good), hostname_override: a_b", 66, "hostname_override is not a host name"),
            .node(
                "\(good), ssh_key_path: $NOWHERE/k", 61,
                "the environment variable NOWHERE in the path $NOWHERE/k is not set"),
            .node("\(good), ssh_key_path: 'a$'", 61, "the path a$ has a $ that begins no variable"),
            BadCluster(
                "nodes:\n- {\(good)}\n- {address: a, user: u, role: [etcd]}\n", "3:3",
                "the address a belongs to the node at line 2 already"),
            BadCluster(
                "nodes:\n- {\(good)}\n- {address: b, user: u, role: [etcd], hostname_override: A}\n",
                "3:3", "the host name a belongs to the node at line 2 already"),
            .top(
                "cluster_nam: x", 1, "unknown field \"cluster_nam\"",
                hint: "Did you mean \"cluster_name\"?"),
            .top(
                "kubernetes_verison: x", 1, "unknown field \"kubernetes_verison\"",
                hint: "Did you mean \"kubernetes_version\"?"),
            .top(
                "bastion-host: {}", 1, "unknown field \"bastion-host\"",
                hint: "Did you mean \"bastion_host\"?"),
            .top("ssh_agent_auth: maybe", 17, "ssh_agent_auth must be true or false, not a string"),
            .top("bastion_host: {address: b}", 15, "bastion_host has no user"),
            .top("bastion_host: {user: b}", 15, "bastion_host has no address"),
            .top(
                "bastion_host: {address: b, user: c, port: -1}", 43,
                "port must be a whole number from 1 to 65535"),
            .top("bastion_host: [b]", 15, "bastion_host must be a mapping, not a list"),
            .top(
                "services: {kube-apiserver: {}}", 12, "unknown field \"kube-apiserver\"",
                hint: "Did you mean \"kube-api\"?"),
            .top(
                "services: {kube_api: {}}", 12, "unknown field \"kube_api\"",
                hint: "Did you mean \"kube-api\"?"),
            .top(
                "services: {etcd: {external_urls: [u], ca_cert: c, cert: c, path: p}}", 34,
                "etcd has external_urls but no key"),
            .top("authentication: {sans: api}", 24, "sans must be a list of strings, not a string"),
            .kubeAPI(
                "secret_encryption_config: {}", 5, "unknown field \"secret_encryption_config\"",
                hint: "Did you mean \"secrets_encryption_config\"?"),
            .kubeAPI(
                "extra_arg: {}", 5, "unknown field \"extra_arg\"",
                hint: "Did you mean \"extra_args\"?"),
            .kubeAPI("extra_args: [a]", 17, "extra_args must be a mapping, not a list"),
            .kubeAPI(
                "extra_args: {a: [b]}", 21, "every value of extra_args must be a string, not a list"
            ),
            .kubeAPI("extra_args_array: {a: b}", 27, "a must be a list of strings, not a string"),
            .kubeAPI(
                "secrets_encryption_config: true", 32,
                "secrets_encryption_config must be a mapping, not a boolean"),
            .kubeAPI(
                "secrets_encryption_config: {}", 32,
                "secrets_encryption_config doesn't say whether it is enabled"),
            .kubeAPI(
                "secrets_encryption_config: {enabled: \"true\"}", 42,
                "enabled must be true or false, not a string", hint: "Write it without quotes."),
            .kubeAPI(
                "secrets_encryption_config: {enable: true}", 33, "unknown field \"enable\"",
                hint: "Did you mean \"enabled\"?"),
            .kubeAPI(
                "secrets_encryption_config: {enabled: true, provider: aes}", 58,
                "provider can't be \"aes\"", hint: "It is one of: aescbc, aesgcm, secretbox."),
            .kubeAPI(
                "secrets_encryption_config: {enabled: true, provider: secretbx}", 58,
                "provider can't be \"secretbx\"", hint: "Did you mean \"secretbox\"?"),
            .kubeAPI(
                "secrets_encryption_config: {enabled: true, resources: []}", 59,
                "resources is empty: nothing would be encrypted"),
            .kubeAPI(
                "secrets_encryption_config: {enabled: true, resources: [Secrets]}", 60,
                "a resource's name has no capital letters"),
            .kubeAPI(
                "secrets_encryption_config: {enabled: true, resources: ['*']}", 60,
                "* alone names nothing"),
            .kubeAPI(
                "secrets_encryption_config: {enabled: true, foo: 1}", 48,
                "unknown field \"foo\"",
                hint: "Known here: enabled, custom_config, custom_config_file, provider, resources,"
                    + " allow_unencrypted_reads."),
            .kubeAPI(
                "secrets_encryption_config: {enabled: true, custom_config: {}}", 63,
                "the provider config has no resources"),
            .top(
                "orchestrator: {foo: 1}", 16, "unknown field \"foo\"",
                hint: "Known here: runtime, reload, kubeconfig, api_access, rewrite, etcd, ssh."),
            .top(
                "orchestrator: {runtime: podman}", 25, "runtime can't be \"podman\"",
                hint: "It is one of: auto, docker, static-pod."),
            .top("orchestrator: {reload: on}", 24, "reload can't be \"on\""),
            .top(
                "orchestrator: {api_access: [ssh]}", 28, "api_access must be a string, not a list"),
            .top(
                "orchestrator: {rewrite: {qps: 0}}", 31,
                "qps must be a whole number from 1 to 100000"),
            .top("orchestrator: {etcd: {evidence: none}}", 33, "evidence can't be \"none\""),
            .top(
                "orchestrator: {ssh: {connect_timeout: 15}}", 39,
                "connect_timeout must be a duration from 1s to 10m",
                hint: "As in 500ms, 30s or 1m30s."),
            .top(
                "orchestrator: {ssh: {connect_timeout: 1h}}", 39,
                "connect_timeout must be a duration from 1s to 10m"),
        ])
    func mistakes(bad: BadCluster) throws {
        let fault = try #require(refusal(of: bad.text))
        #expect(fault.code == .badInput)
        #expect(fault.message == bad.message)
        #expect(fault.place?.description == "conf/cluster.yml:\(bad.place)")
        if let hint = bad.hint { #expect(fault.hint == hint) }
    }

    @Test("several mistakes, all told at once in the order of the file")
    func several() throws {
        let text = """
            nodes:
              - adress: 192.0.2.1
                user: u
                role: [controlplane]
              - address: 192.0.2.2
                role: [boss]
                port: x
            services:
              kube-api:
                secrets_encryption_config: {enabled: perhaps}
            """
        let fault = try #require(refusal(of: text))
        #expect(
            fault.message == """
                5 errors
                conf/cluster.yml:2:5: unknown field "adress"
                  Did you mean "address"?
                conf/cluster.yml:5:5: node 2 has no user
                conf/cluster.yml:6:12: there is no role "boss"
                  It is one of: controlplane, etcd, worker.
                conf/cluster.yml:7:11: port must be a whole number from 1 to 65535
                conf/cluster.yml:10:42: enabled must be true or false, not a string
                """)
        #expect((fault.cause as? DiagnosticList)?.diagnostics.count == 5)
    }

    @Test("a hundred thousand mistakes, a hundred told and the rest counted")
    func tooMany() throws {
        let text = "nodes:\n" + String(repeating: "- 1\n", count: 100_000)
        let fault = try #require(refusal(of: text))
        #expect(fault.message.hasPrefix("100000 errors\n"))
        #expect(fault.message.hasSuffix("\nand 99900 more"))
    }

    @Test("no such file, said with what to do")
    func missing() {
        do {
            _ = try ClusterConfigReader.load("/nonexistent/cluster.yml", environment: [:])
            Issue.record("it was read")
        } catch {
            #expect(Fault(error).code == .badInput)
            #expect(Fault(error).hint != nil)
        }
    }

    @Test("fields that RKE has or that nobody knows, left alone")
    func leftAlone() throws {
        _ = try readCluster(
            """
            x-anything: &a {}
            future_block: {nodes: 7}
            system_images: {etcd: e}
            nodes:
              - {address: a, user: u, role: [controlplane], nodeName: n, labels: {a: b}, zone: 3}
            services:
              kube-api: {image: i, pod_security_policy: true, win_extra_args: {}, newer: 1}
              kubeproxy: {extra_agrs: 1}
            """)
    }

    @Test("random changes to a real file, a config or a fault and never a crash")
    func fuzz() async throws {
        let sample = try fixture("fixtures/cluster/custom-config.yml").exposedBytes()
        var random = SeededRandom(seed: 5)
        for _ in 0..<1500 {
            await Task.yield()
            var bytes = sample
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                case 2: bytes.swapAt(index, Int.random(in: 0..<bytes.count, using: &random))
                default:
                    bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: index)
                }
            }
            do {
                _ = try ClusterConfigReader.read(
                    SecretBytes(copying: bytes), file: "f", environment: environment)
            } catch {
                let fault = Fault(error)
                #expect(fault.code == .badInput)
                #expect(!"\(fault)".contains("MDEyMzQ1Njc4OWFi"))
            }
        }
    }

    @Test("an inline key, never in a message or a dump")
    func redaction() throws {
        let config = try readCluster(
            "nodes: [{address: a, user: u, role: [controlplane], ssh_key: verysecretpem}]\n")
        var dumped = ""
        dump(config, to: &dumped)
        #expect(!(dumped + "\(config)").contains("verysecretpem"))
    }
}
