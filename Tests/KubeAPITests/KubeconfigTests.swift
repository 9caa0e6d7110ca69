import Basics
import Foundation
import HTTP
import Testing

@testable import KubeAPI

@Suite struct KubeconfigTests {
    static let certificate = "-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----\n"
    static let key = "-----BEGIN EC PRIVATE KEY-----\nS3cretKey\n-----END EC PRIVATE KEY-----\n"
    static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    /// A kubeconfig of one cluster and one user with these lines.
    static func config(
        cluster: [String] = ["server: https://10.0.0.1:6443"],
        user: [String] = ["token: tok-S3cret"],
        context: String = "c"
    ) -> String {
        let indented = { (lines: [String]) in lines.map { "    \($0)\n" }.joined() }
        return "apiVersion: v1\nkind: Config\ncurrent-context: \(context)\n"
            + "contexts:\n- name: c\n  context: {cluster: k, user: u}\n"
            + "clusters:\n- name: k\n  cluster:\n\(indented(cluster))"
            + "users:\n- name: u\n  user:\n\(indented(user))"
    }

    private func read(_ text: String, file: String = "kc", context: String? = nil) throws
        -> APIAccess
    {
        try Kubeconfig.read(SecretBytes(copying: text.utf8), file: file, context: context)
    }

    @Test("server addresses, taken apart")
    func servers() throws {
        let cases: [(String, String, Int, String)] = [
            ("https://10.0.0.1:6443", "10.0.0.1", 6443, ""),
            ("https://api.test", "api.test", 443, ""),
            ("https://api.test/k8s/clusters/c-1/", "api.test", 443, "/k8s/clusters/c-1"),
            ("https://[fd00::1]:8443/", "fd00::1", 8443, ""),
        ]
        for (server, host, port, path) in cases {
            let access = try read(Self.config(cluster: ["server: \"\(server)\""]))
            #expect(access.host == host && access.port == port && access.pathPrefix == path)
            #expect(access.configuration().connectTo?.host == host)
        }
    }

    @Test("certificate data and token as RKE and kubectl write them, read; nothing secret printed")
    func embedded() throws {
        let access = try read(
            Self.config(
                cluster: [
                    "server: https://10.0.0.1:6443", "tls-server-name: kubernetes",
                    "certificate-authority-data: \(Self.base64(Self.certificate))",
                ],
                user: [
                    "client-certificate-data: \(Self.base64(Self.certificate))",
                    "client-key-data: \(Self.base64(Self.key))", "token: \"\"",
                ]))
        guard case .authorities(let pem) = access.trust else {
            Issue.record("no authorities")
            return
        }
        #expect(pem == Array(Self.certificate.utf8) && access.serverName == "kubernetes")
        #expect(access.identity?.keyPEM.exposedText() == Self.key)
        #expect(access.token == nil && !access.isInsecure)
        #expect(!"\(access)".contains("S3cret") && !String(reflecting: access).contains("S3cret"))
    }

    @Test("JSON, the same; another context than the current one, chosen")
    func json() throws {
        let text = """
            {"kind":"Config","apiVersion":"v1","current-context":"a",
             "contexts":[{"name":"a","context":{"cluster":"x"}},{"name":"b","context":{"cluster":"y","user":"u"}}],
             "clusters":[{"name":"x","cluster":{"server":"https://x:1"}},{"name":"y","cluster":{"server":"https://y:2","insecure-skip-tls-verify":true}}],
             "users":[{"name":"u","user":{"token":"t"}}]}
            """
        let current = try read(text)
        #expect(current.host == "x" && current.token == nil && current.identity == nil)
        let other = try read(text, context: "b")
        #expect(other.host == "y" && other.isInsecure && other.token != nil)
    }

    @Test("files, found beside the kubeconfig wherever that is")
    func files() throws {
        let folder = NSTemporaryDirectory() + "kubeconfig-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder + "/pki", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let write = { (name: String, text: String) in
            try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
        try write("pki/ca.pem", Self.certificate)
        try write("adm.pem", Self.certificate)
        try write("adm.key", Self.key)
        try write("token", "from-file\n")
        try write(
            "config",
            Self.config(
                cluster: ["server: https://x:1", "certificate-authority: pki/ca.pem"],
                user: [
                    "client-certificate: ./adm.pem", "client-key: \(folder)/adm.key",
                    "tokenFile: token", "token: ignored",
                ]))
        let access = try Kubeconfig.load("\(folder)/config")
        #expect(access.identity?.certificatePEM == Array(Self.certificate.utf8))
        #expect(access.identity?.keyPEM.exposedText() == Self.key)
        #expect(try Credentials(access.token).token() == "from-file")

        try FileManager.default.removeItem(atPath: folder + "/token")
        #expect(throws: Fault.self) { try Credentials(access.token).token() }
        try FileManager.default.removeItem(atPath: folder + "/adm.key")
        let fault = #expect(throws: Fault.self) { try Kubeconfig.load("\(folder)/config") }
        #expect(fault?.place?.line != nil && fault?.message.contains("No such file") == true)
        let missing = #expect(throws: Fault.self) { try Kubeconfig.load("\(folder)/none") }
        #expect(missing?.place?.file == "\(folder)/none" && missing?.hint != nil)
    }

    struct Bad: Sendable {
        let what: String
        let text: String
        /// `line:column`
        let place: String
        let words: String
    }

    static let bad: [Bad] = [
        Bad(what: "empty", text: "", place: "1:1", words: "must be a mapping"),
        Bad(what: "another kind", text: "kind: Pod\n", place: "1:7", words: "not a kubeconfig"),
        Bad(
            what: "no context", text: "kind: Config\n", place: "1:1", words: "no context is chosen"),
        Bad(
            what: "unknown context", text: config(context: "d"), place: "3:18",
            words: "no context d"),
        Bad(
            what: "no server", text: config(cluster: ["x: y"]), place: "10:5",
            words: "no server"),
        Bad(
            what: "http", text: config(cluster: ["server: http://x"]), place: "10:13",
            words: "isn't an https URL"),
        Bad(
            what: "port", text: config(cluster: ["server: https://x:99999"]), place: "10:13",
            words: "can't be understood"),
        Bad(
            what: "user in URL", text: config(cluster: ["server: https://a:b@x"]), place: "10:13",
            words: "can't be understood"),
        Bad(
            what: "proxy", text: config(cluster: ["server: https://x", "proxy-url: http://p"]),
            place: "11:16", words: "proxy-url is not supported"),
        Bad(
            what: "CA not base64",
            text: config(cluster: ["server: https://x", "certificate-authority-data: '***'"]),
            place: "11:33", words: "isn't base64"),
        Bad(
            what: "CA not PEM",
            text: config(cluster: ["server: https://x", "certificate-authority-data: AAAA"]),
            place: "11:33", words: "no PEM block of a certificate"),
        Bad(
            what: "insecure with CA",
            text: config(cluster: [
                "server: https://x", "insecure-skip-tls-verify: true",
                "certificate-authority-data: \(base64(certificate))",
            ]), place: "11:31", words: "exclude each other"),
        Bad(
            what: "insecure maybe",
            text: config(cluster: ["server: https://x", "insecure-skip-tls-verify: maybe"]),
            place: "11:31", words: "true or false"),
        Bad(
            what: "exec", text: config(user: ["exec: {command: aws}"]), place: "14:11",
            words: "exec is not supported"),
        Bad(
            what: "auth-provider", text: config(user: ["auth-provider: {name: oidc}"]),
            place: "14:20", words: "auth-provider is not supported"),
        Bad(
            what: "impersonation", text: config(user: ["token: t", "as: root"]), place: "15:9",
            words: "as is not supported"),
        Bad(
            what: "certificate alone",
            text: config(user: ["client-certificate-data: \(base64(certificate))"]), place: "14:5",
            words: "has no client-key"),
        Bad(
            what: "encrypted key",
            text: config(user: [
                "client-certificate-data: \(base64(certificate))",
                "client-key-data: \(base64("-----BEGIN ENCRYPTED PRIVATE KEY-----\nS3cret\n"))",
            ]), place: "15:22", words: "passphrase"),
        Bad(
            what: "not a list",
            text: config().replacing("users:\n- name: u\n  user:\n", with: "users:\n"),
            place: "12:5", words: "users must be a list"),
        Bad(
            what: "two users",
            text: config() + "- name: u\n  user: {}\n", place: "15:9", words: "two users named u"),
        Bad(what: "tab", text: "kind:\tConfig\n\tx: y\n", place: "2:1", words: "a tab"),
    ]

    @Test("bad kubeconfigs, told with line and column and nothing secret")
    func badOnes() {
        for bad in Self.bad {
            let fault = #expect(throws: Fault.self, "\(bad.what)") { try read(bad.text) }
            #expect(fault?.code == .badInput, "\(bad.what)")
            #expect(
                fault?.place?.description == "kc:\(bad.place)",
                "\(bad.what): \(String(describing: fault))")
            #expect(
                fault?.message.contains(bad.words) == true,
                "\(bad.what): \(String(describing: fault))")
            #expect(fault.map { !"\($0)".contains("S3cret") } == true, "\(bad.what)")
        }
    }
}
