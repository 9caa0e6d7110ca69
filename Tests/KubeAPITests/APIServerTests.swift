import Basics
import EncryptionModel
import HTTP
import Testing

@testable import KubeAPI

@Suite struct APIServerTests {
    @Test("readyz answers, ready, or not ready with the failing checks")
    func readiness() async throws {
        let body = "[+]ping ok\\n[-]etcd failed: reason withheld\n[-]poststarthook/crd failed\nx"
            .replacing("\\n", with: "\n")
        let cases: [(Answer, Readiness)] = [
            (.ok("ok"), .ready),
            (.status(500, body), .notReady(failing: ["etcd", "poststarthook/crd"])),
            (.status(503, ""), .notReady(failing: [])),
        ]
        for (answer, expected) in cases {
            #expect(try await APIServer.test(["GET /readyz": [answer]]).ready() == expected)
        }
    }

    @Test("readyz is asked and nothing comes back, timed out")
    func readinessHangs() async {
        let server = APIServer.test(["GET /readyz": [.hang]])
        let fault = await faultThrown { try await server.ready(within: .milliseconds(50)) }
        #expect(fault.code == .timedOut && fault.node == "n1")
    }

    @Test("readyz refuses us, a fault on the node with what to do")
    func readinessRefused() async {
        let server = APIServer.test([
            "GET /readyz": [.refusal(401, "Unauthorized", "Unauthorized")]
        ])
        let fault = await faultThrown { try await server.ready() }
        #expect(fault.code == .unauthenticated && fault.node == "n1")
        #expect(fault.hint?.contains("kubeconfig") == true)
    }

    @Test("versions of many distributions, read and compared by number")
    func versions() throws {
        let order = ["v1.9.11", "v1.25.16+k3s4", "v1.30.0", "v1.30.14-eks-1234", "v1.36.2"]
        let versions = try order.map { try #require(ServerVersion(gitVersion: $0)) }
        #expect(versions.map(\.release.minor) == [9, 25, 30, 30, 36])
        for bad in ["", "1.30.1", "v1", "v1.x.1", "vv1.2.3"] {
            #expect(ServerVersion(gitVersion: bad) == nil)
        }
    }

    @Test("servers as the Endpoints tell them, each once; none told, none; forbidden, a fault")
    func advertised() async throws {
        let line = "GET /api/v1/namespaces/default/endpoints/kubernetes"
        let body = """
            {"kind":"Endpoints","subsets":[
              {"addresses":[{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}],"ports":[{"port":6443}]},
              {"addresses":[{"ip":"10.0.0.2"}]},{"notReadyAddresses":[{"ip":"10.0.0.9"}]}]}
            """
        let cases: [(String, Set<String>)] = [
            (body, ["10.0.0.1", "10.0.0.2"]), (#"{"kind":"Endpoints"}"#, []),
        ]
        for (body, expected) in cases {
            let server = APIServer.test([line: [.ok(body)]])
            #expect(try await server.advertisedServers() == expected)
        }
        let forbidden = APIServer.test([line: [.refusal(403, "Forbidden", "may not")]])
        #expect(await faultThrown { try await forbidden.advertisedServers() }.code == .denied)
    }

    @Test("version that makes no sense, a fault")
    func badVersion() async {
        for body in [#"{"gitVersion":"nonsense"}"#, "{}", "<html>"] {
            let server = APIServer.test(["GET /version": [.ok(body)]])
            #expect(await faultThrown { try await server.version() }.code == .remote)
        }
    }

    @Test("cluster's UID, that of namespace kube-system")
    func clusterUID() async throws {
        let server = APIServer.test([
            "GET /api/v1/namespaces/kube-system": [.ok(#"{"metadata":{"uid":"0-1-2"}}"#)]
        ])
        #expect(try await server.clusterUID() == "0-1-2")
    }

    @Test("token, sent with every request and never in a fault")
    func token() async throws {
        let exchanger = ScriptedExchanger([
            "GET /version": [.refusal(401, "Unauthorized", "Unauthorized")]
        ])
        let access = APIAccess(
            host: "api.test", port: 6443, trust: .system,
            token: .fixed(SecretBytes(copying: "tok-123\n".utf8)))
        let server = APIServer(node: "n", exchanger: exchanger, access: access)
        let fault = await faultThrown { try await server.version() }
        #expect(!"\(fault) \(access)".contains("tok-123"))
        let header = exchanger.seen[0].headers.first { $0.name == "Authorization" }
        #expect(header?.value == "Bearer tok-123")
    }

    @Test(
        "token that would smuggle in a header or is none, refused and nothing sent",
        arguments: ["a\r\nX-Evil: 1", "a b", "a\u{7F}", "t\u{F6}ken", "", " \n\t"])
    func badToken(text: String) async {
        let exchanger = ScriptedExchanger([:])
        let access = APIAccess(
            host: "api.test", port: 6443, trust: .system,
            token: .fixed(SecretBytes(copying: text.utf8)))
        let server = APIServer(node: "n", exchanger: exchanger, access: access)
        #expect(await faultThrown { try await server.version() }.code == .badInput)
        #expect(exchanger.seen.isEmpty)
    }

    @Test("URL, with the verified name, IPv6 in brackets, and the prefix")
    func baseURL() {
        let url = { (host: String, name: String?) in
            APIAccess(host: host, port: 6443, pathPrefix: "/k", serverName: name, trust: .system)
                .baseURL
        }
        #expect(url("10.0.0.1", nil) == "https://10.0.0.1:6443/k")
        #expect(url("10.0.0.1", "kubernetes") == "https://kubernetes:6443/k")
        #expect(url("fd00::1", nil) == "https://[fd00::1]:6443/k")
    }

    @Test("rights for a rewrite, those named that the authorizer denies")
    func rights() async throws {
        let allowed = { (allowed: Bool) in
            Answer.status(
                201, #"{"kind":"SelfSubjectAccessReview","status":{"allowed":\#(allowed)}}"#)
        }
        let line = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        let exchanger = ScriptedExchanger([line: [allowed(true), allowed(false)]])
        let server = APIServer.test(exchanger)
        #expect(try await server.rightsLacking(toRewrite: Scripted.secrets) == ["patch"])
        let body = exchanger.seen[1].body?.exposedText() ?? ""
        #expect(body.contains(#""verb":"patch","group":"","resource":"secrets""#))
    }

    @Test("what a server says, on one line without control characters")
    func hostileMessage() async {
        let server = APIServer.test([
            "GET /version": [.status(500, "bad\u{1B}[31m\nline\u{7}\u{202E}x")]
        ])
        let message = await faultThrown { try await server.version() }.message
        #expect(message.hasSuffix("HTTP status 500: bad [31m line x"))
    }
}

@Suite struct EncryptionMetricsTests {
    static let prefix = EncryptionMetricsReader.prefix

    private func read(_ text: String, piece: Int) -> EncryptionMetrics {
        var reader = EncryptionMetricsReader()
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            rest.prefix(piece).withUnsafeBytes { reader.feed($0) }
            rest = rest.dropFirst(piece)
        }
        return reader.finish()
    }

    @Test("metrics as 1.36, 1.30 and 1.28 have them, in pieces of any size")
    func versions() {
        let other =
            "# HELP x y\napiserver_request_total{code=\"200\"} 17\n"
            + String(repeating: "z", count: 9000)
        let cases: [(String, EncryptionMetrics)] = [
            (
                "last_config_info{apiserver_id_hash=\"sha256:1\",hash=\"sha256:ABCdef\"} 1\n",
                EncryptionMetrics(loadedConfigSHA256: "abcdef")
            ),
            (
                "last_config_info{hash=\"sha256:a\"} 1\n\(Self.prefix)last_config_info{hash=\"sha256:b\"} 1",
                EncryptionMetrics()
            ),
            (
                "automatic_reloads_total{apiserver_id_hash=\"sha256:1\",status=\"success\"} 3\n"
                    + "\(Self.prefix)automatic_reload_success_total{x=\"a}\\\"b\"} 3\n"
                    + "\(Self.prefix)automatic_reloads_total{status=\"failure\"} 1\n"
                    + "\(Self.prefix)automatic_reload_last_timestamp_seconds{status=\"success\"} 1.7e+09",
                EncryptionMetrics(
                    reloadsSucceeded: 3, reloadsFailed: 1,
                    lastReloadSucceeded: Timestamp(seconds: 1_700_000_000))
            ),
            (
                "automatic_reload_success_total 2\n\(Self.prefix)automatic_reload_failures_total 4\n",
                EncryptionMetrics(reloadsSucceeded: 2, reloadsFailed: 4)
            ),
            ("automatic_reloads_total{status=\"success\" 1\n", EncryptionMetrics()),
            ("automatic_reload_success_total NaN\n", EncryptionMetrics()),
            ("automatic_reload_success_total 1e300\n", EncryptionMetrics()),
        ]
        for (text, expected) in cases {
            for piece in [1, 10, 100_000] {
                let whole = "\(other)\n\(Self.prefix)\(text)\n\(other)"
                #expect(read(whole, piece: piece) == expected, "\(text) by \(piece)")
            }
        }
    }

    @Test("metrics, asked for as plain text that may be compressed")
    func request() async throws {
        let text = "\(Self.prefix)last_config_info{hash=\"sha256:a\"} 1\n"
        let server = ScriptedExchanger(["GET /metrics": [.ok(text)]])
        let metrics = try await APIServer.test(server).encryptionMetrics()
        #expect(metrics == EncryptionMetrics(loadedConfigSHA256: "a"))
        #expect(server.seen[0].mayBeCompressed)
        #expect(server.seen[0].headers.contains { $0 == ("Accept", "text/plain") })
    }

    @Test("metrics forbidden, a fault and not the absence of metrics")
    func forbidden() async {
        let server = APIServer.test(["GET /metrics": [.refusal(403, "Forbidden", "no")]])
        #expect(await faultThrown { try await server.encryptionMetrics() }.code == .denied)
    }
}

@Suite struct SecretValueTests {
    static let line = "/api/v1/namespaces/kube-system/secrets/full-cluster-state"

    @Test("secret with the key, its bytes and version; without secret or key, nothing")
    func read() async throws {
        let found =
            #"{"kind":"Secret","data":{"x":"AA==","full-cluster-state":"e30="},"metadata":{"resourceVersion":"12"}}"#
        let server = APIServer.test([
            "GET \(Self.line)": [
                .ok(found), .refusal(404, "NotFound", "not found"),
                .ok(#"{"metadata":{"resourceVersion":"12"},"data":{"other":"e30="}}"#),
            ]
        ])
        let value = try await server.secretValue(.rkeState)
        #expect(value?.bytes.exposedText() == "{}" && value?.version == version("12"))
        #expect(try await server.secretValue(.rkeState) == nil)
        #expect(try await server.secretValue(.rkeState) == nil)
    }

    @Test("secret that is torn or not base64, a fault that doesn't show it")
    func bad() async {
        for body in [
            #"{"metadata":{"resourceVersion":"1"},"data":{"full-cluster-state":"S3cret*"}}"#,
            #"{"metadata":{"resourceVersion":"1"},"data":{"full-cluster-state":"S3cretS3"#,
            #"{"data":{"full-cluster-state":"S3cret=="}}"#,
        ] {
            let server = APIServer.test(["GET \(Self.line)": [.ok(body)]])
            let fault = await faultThrown { try await server.secretValue(.rkeState) }
            #expect(fault.code == .remote && !"\(fault)".contains("S3cret"))
        }
    }

    @Test("replaced only if it is still the one that was read, and nothing secret comes back")
    func replace() async throws {
        let exchanger = ScriptedExchanger([
            "PATCH \(Self.line)": [
                Scripted.stored("13"), .refusal(409, "Conflict", "has been modified"),
            ]
        ])
        let server = APIServer.test(exchanger)
        let bytes = SecretBytes(copying: "new".utf8)
        try await server.replaceSecretValue(.rkeState, with: bytes, ifStill: version("12"))
        #expect(
            exchanger.seen[0].body?.exposedText()
                == #"{"metadata":{"resourceVersion":"12"},"data":{"full-cluster-state":"bmV3"}}"#)
        #expect(exchanger.seen[0].headers[0].value.contains("as=PartialObjectMetadata"))
        let fault = await faultThrown {
            try await server.replaceSecretValue(.rkeState, with: bytes, ifStill: version("12"))
        }
        #expect(fault.code == .conflict && !"\(fault)".contains("bmV3"))
    }
}
