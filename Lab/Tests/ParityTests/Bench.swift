import Foundation

/// A kube-apiserver, real or stood in, over a fresh etcd in a temporary folder.
final class Bench {
    enum Server: Sendable {
        case standIn
        case real(path: String)

        /// From `KUBE_APISERVER` or `KUBEBUILDER_ASSETS`; nil where there is none.
        static var given: Server? {
            let environment = ProcessInfo.processInfo.environment
            let path =
                environment["KUBE_APISERVER"]
                ?? environment["KUBEBUILDER_ASSETS"].map { "\($0)/kube-apiserver" }
            return path.map { .real(path: $0) }
        }

        /// What a stand-in beside this server has to act like.
        var version: String {
            get throws {
                let folder = FileManager.default.temporaryDirectory
                let text = try succeed([path, "--version"], in: folder).text
                return text.split { $0 == " " || $0.isNewline }.last.map(String.init) ?? ""
            }
        }

        var path: String {
            switch self {
            case .real(let path): path
            case .standIn:
                URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
                    .deletingLastPathComponent().appendingPathComponent("kube-apiserver-standin")
                    .path
            }
        }
    }

    enum Identity: String { case admin, other, foreign, none }

    struct Answer {
        let status: Int
        let headers: [String: String]
        let body: Data
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    let folder: URL
    private let server: Server
    private let flags: [String]
    private let environment: [String: String]
    private let etcdPort: Int
    private let port: Int
    private let etcd: Daemon
    private var api: Daemon?

    /// An etcd, certificates, and the server under the given provider configuration.
    init(
        _ server: Server, config: String?, sharing other: Bench? = nil, flags: [String] = [],
        environment: [String: String] = [:]
    ) throws {
        self.server = server
        self.flags = flags
        self.environment = environment
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("parity-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        port = try freePort()
        if let other {
            (etcd, etcdPort) = (other.etcd, other.etcdPort)
        } else {
            etcdPort = try freePort()
            let client = "http://127.0.0.1:\(etcdPort)"
            let peer = "http://127.0.0.1:\(try freePort())"
            etcd = try Daemon(
                [
                    "etcd", "--data-dir", "etcd", "--listen-client-urls", client,
                    "--advertise-client-urls", client, "--listen-peer-urls", peer,
                    "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=\(peer)",
                    "--unsafe-no-fsync",
                ], named: "etcd", in: folder)
        }
        try makeCertificates()
        try start(config: config)
    }

    deinit {
        api?.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    private func makeCertificates() throws {
        let script = """
            set -e
            ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
              -keyout $1.key -out $1.crt -days 2 -subj /CN=$1; }
            leaf() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
              -keyout $1.key -out $1.csr -subj "$3"
              echo "$4" > ext
              openssl x509 -req -in $1.csr -CA $2.crt -CAkey $2.key -CAcreateserial -days 2 \
              -out $1.crt -extfile ext; }
            ca ca; ca foreign-ca
            leaf server ca /CN=kube-apiserver "subjectAltName=DNS:localhost,IP:127.0.0.1"
            leaf admin ca /O=system:masters/CN=admin "extendedKeyUsage=clientAuth"
            leaf other ca /O=others/CN=other "extendedKeyUsage=clientAuth"
            leaf foreign foreign-ca /O=system:masters/CN=admin "extendedKeyUsage=clientAuth"
            openssl genrsa -out sa.key 2048
            openssl rsa -in sa.key -pubout -out sa.pub
            """
        try succeed(["bash", "-c", script], in: folder)
    }

    private func arguments(config: String?) throws -> [String] {
        var arguments = [
            server.path, "--etcd-servers=http://127.0.0.1:\(etcdPort)",
            "--bind-address=127.0.0.1", "--secure-port", "\(port)", "--tls-cert-file=server.crt",
            "--tls-private-key-file=server.key", "--client-ca-file=ca.crt",
            "--anonymous-auth=false", "--authorization-mode=RBAC", "--watch-cache=false",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file=sa.pub", "--service-account-signing-key-file=sa.key",
            "--service-cluster-ip-range=10.0.0.0/24",
        ]
        if let config {
            try Data(config.utf8).write(to: folder.appendingPathComponent("encryption.yaml"))
            arguments.append("--encryption-provider-config=encryption.yaml")
        }
        return arguments + flags
    }

    /// Starts the server; returns when the check says yes.
    func start(config: String?, until check: String = "/readyz") throws {
        let api = try Daemon(
            try arguments(config: config), named: "api", in: folder, environment: environment)
        self.api = api
        let end = Date() + 60
        while Date() < end, api.isRunning {
            if let answer = try? send("GET", check), answer.status == 200 { return }
            usleep(20000)
        }
        throw ProgramFailure(description: "\(server.path) didn't get ready:\n\(api.logText)")
    }

    func restart(config: String?, until check: String = "/readyz") throws {
        api?.stop()
        try start(config: config, until: check)
    }

    /// Changes the provider configuration under the running server.
    func rewriteConfig(_ config: String) throws {
        try Data(config.utf8).write(
            to: folder.appendingPathComponent("encryption.yaml"), options: .atomic)
    }

    /// How the server ended, and its log, when it can't start.
    ///
    /// - Parameter seconds: what runs for so long is ended, with status 124.
    func failToStart(
        config: String?, within seconds: Int = 20
    ) throws -> (status: Int32, log: String) {
        api?.stop()
        let arguments = try arguments(config: config)
        let result = try run(["timeout", "\(seconds)"] + arguments, in: folder)
        return (result.status, result.errors)
    }

    func send(
        _ method: String, _ path: String, body: String? = nil, headers: [String: String] = [:],
        as identity: Identity = .admin, version: String = "--http2"
    ) throws -> Answer {
        var arguments = [
            "curl", "-sS", "-i", version, "--max-time", "60", "--cacert", "ca.crt", "-X", method,
        ]
        if identity != .none {
            arguments += ["--cert", "\(identity).crt", "--key", "\(identity).key"]
        }
        for (name, value) in headers { arguments += ["-H", "\(name): \(value)"] }
        if body != nil { arguments += ["--data-binary", "@-"] }
        arguments.append("https://127.0.0.1:\(port)\(path)")
        return try Self.parse(try succeed(arguments, in: folder, input: body).output)
    }

    private static func parse(_ output: Data) throws -> Answer {
        guard let end = output.range(of: Data("\r\n\r\n".utf8)) else {
            throw ProgramFailure(description: "no headers in curl's output")
        }
        let lines = String(decoding: output[..<end.lowerBound], as: UTF8.self)
            .components(separatedBy: "\r\n")
        let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        return Answer(status: status, headers: headers, body: Data(output[end.upperBound...]))
    }

    @discardableResult
    func etcdctl(_ arguments: String..., input: String? = nil) throws -> Data {
        try succeed(
            ["ETCDCTL_API=3", "etcdctl", "--endpoints", "127.0.0.1:\(etcdPort)"] + arguments,
            in: folder, input: input
        ).output
    }

    /// The bytes stored under a key.
    func stored(_ key: String) throws -> Data {
        let output = try etcdctl("get", key, "-w", "json")
        guard let document = try JSONSerialization.jsonObject(with: output) as? [String: Any],
            let values = document["kvs"] as? [[String: Any]],
            let text = values.first?["value"] as? String, let value = Data(base64Encoded: text)
        else { throw ProgramFailure(description: "etcd has nothing under \(key)") }
        return value
    }

    /// Stores bytes through etcd's JSON gateway, which takes what a command line can't.
    func store(_ key: String, _ value: Data) throws {
        let body = """
            {"key": "\(Data(key.utf8).base64EncodedString())", \
            "value": "\(value.base64EncodedString())"}
            """
        try succeed(
            [
                "curl", "-sSf", "--data-binary", "@-", "http://127.0.0.1:\(etcdPort)/v3/kv/put",
            ], in: folder, input: body)
    }

    /// Forgets every revision but the newest.
    func compact() throws {
        let output = try etcdctl("get", "/", "-w", "json")
        guard let document = try JSONSerialization.jsonObject(with: output) as? [String: Any],
            let header = document["header"] as? [String: Any], let revision = header["revision"]
        else { throw ProgramFailure(description: "etcd tells no revision") }
        try etcdctl("compact", "\(revision)")
    }
}
