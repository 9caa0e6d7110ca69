import Basics
import EncryptionModel
import Foundation
import HTTP
import Synchronization

@testable import Etcd

struct ProgramFailed: Error { let command: [String], output: String }

/// A real etcd of one member on loopback, with TLS both ways and certificates of its own.
final class TestEtcd: Sendable {
    let folder: String
    let clientPort: Int
    private let identifier: pid_t
    private let isRunning = Mutex(true)

    init() throws {
        folder = NSTemporaryDirectory() + "etcd-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        try Self.makeCertificates(in: folder)
        clientPort = try freePort()
        let peer = "http://127.0.0.1:\(try freePort())"
        let client = "https://127.0.0.1:\(clientPort)"
        identifier = try spawn(
            "/usr/bin/etcd",
            [
                "--data-dir", folder + "/data", "--name", "one", "--listen-client-urls", client,
                "--advertise-client-urls", client, "--listen-peer-urls", peer,
                "--initial-advertise-peer-urls", peer, "--initial-cluster", "one=\(peer)",
                "--cert-file", folder + "/server.pem", "--key-file", folder + "/server.key",
                "--trusted-ca-file", folder + "/ca.pem", "--client-cert-auth",
                "--unsafe-no-fsync", "--logger", "zap",
            ], log: folder + "/log")
    }

    deinit { stop() }

    var baseURL: String { "https://127.0.0.1:\(clientPort)" }

    func stop() {
        isRunning.withLock { isRunning in
            guard isRunning else { return }
            kill(identifier, SIGKILL)
            waitpid(identifier, nil, 0)
            isRunning = false
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    func client(authority: String = "ca.pem", withIdentity: Bool = true) throws -> HTTPClient {
        try HTTPClient(
            HTTPClientConfiguration(
                trust: .authorities(pem: try bytes(authority)),
                identity: withIdentity
                    ? HTTPClientConfiguration.Identity(
                        certificatePEM: try bytes("client.pem"),
                        keyPEM: SecretBytes(copying: try bytes("client.key"))) : nil,
                proxy: .none, connectTimeout: .seconds(30), requestTimeout: .seconds(120)))
    }

    /// A reader of an etcd that answers.
    func reader() async throws -> EtcdReader {
        let reader = EtcdReader(exchanger: try client(), baseURL: baseURL)
        let policy = RetryPolicy(
            attempts: 100, firstDelay: .milliseconds(100), longestDelay: .milliseconds(100))
        try await retrying(policy, when: { _ in true }) { try await reader.checkQuorum() }
        return reader
    }

    func put(_ entries: [(key: String, value: [UInt8])]) async throws {
        let client = try client()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (key, value) in entries {
                group.addTask {
                    try await self.post(
                        "/v3/kv/put",
                        [
                            "key": Data(key.utf8).base64EncodedString(),
                            "value": Data(value).base64EncodedString(),
                        ], client)
                }
            }
            try await group.waitForAll()
        }
    }

    func compact(at revision: Int64) async throws {
        try await post("/v3/kv/compaction", ["revision": String(revision)], client())
    }

    private func post(_ path: String, _ body: [String: String], _ client: HTTPClient) async throws {
        let json = try JSONEncoder().encode(body)
        let response = try await client.send(
            HTTPRequest("POST", baseURL + path, body: SecretBytes(copying: json)))
        guard response.status == 200 else {
            throw ProgramFailed(
                command: [path], output: String(decoding: response.body, as: UTF8.self))
        }
    }

    private func bytes(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
    }

    private static func makeCertificates(in folder: String) throws {
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        for authority in ["ca", "other"] {
            try run(
                "/usr/bin/openssl",
                [
                    "req", "-x509", "-days", "2", "-subj", "/CN=\(authority)",
                    "-keyout", "\(folder)/\(authority).key", "-out", "\(folder)/\(authority).pem",
                ] + key)
        }
        try "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n".write(
            toFile: folder + "/extensions", atomically: false, encoding: .utf8)
        for name in ["server", "client"] {
            try run(
                "/usr/bin/openssl",
                [
                    "req", "-new", "-subj", "/CN=\(name)", "-keyout",
                    "\(folder)/\(name).key", "-out", "\(folder)/\(name).csr",
                ] + key)
            try run(
                "/usr/bin/openssl",
                [
                    "x509", "-req", "-in", "\(folder)/\(name).csr", "-CA",
                    folder + "/ca.pem", "-CAkey", folder + "/ca.key", "-CAcreateserial", "-days",
                    "2",
                    "-out", "\(folder)/\(name).pem", "-extfile", folder + "/extensions",
                ])
        }
    }
}

private func run(_ path: String, _ arguments: [String]) throws {
    let log = NSTemporaryDirectory() + "run-\(UUID().uuidString).log"
    defer { unlink(log) }
    var status: Int32 = -1
    waitpid(try spawn(path, arguments, log: log), &status, 0)
    guard status == 0 else {
        throw ProgramFailed(
            command: [path] + arguments, output: try String(contentsOfFile: log, encoding: .utf8))
    }
}

private func spawn(_ path: String, _ arguments: [String], log: String) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var strings = ([path] + arguments).map { strdup($0) } + [nil]
    defer { strings.forEach { free($0) } }
    var process = pid_t()
    let code = posix_spawn(&process, path, &actions, nil, &strings, environ)
    guard code == 0 else {
        throw ProgramFailed(command: [path], output: String(cString: strerror(code)))
    }
    return process
}

/// A port of 127.0.0.1 on which nobody listens.
private func freePort() throws -> Int {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return try withUnsafeMutablePointer(to: &address) { pointer in
        try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            guard bind(socket, $0, length) == 0, getsockname(socket, $0, &length) == 0 else {
                throw ProgramFailed(command: ["bind"], output: String(cString: strerror(errno)))
            }
        }
        return Int(UInt16(bigEndian: pointer.pointee.sin_port))
    }
}

/// Passes on to a real client, and does something before the request of a given number.
final class Interposed: HTTPExchanger {
    private let client: HTTPClient
    private let count = Mutex(0)
    private let before: @Sendable (_ number: Int) async throws -> Void

    init(_ client: HTTPClient, before: @escaping @Sendable (_ number: Int) async throws -> Void) {
        self.client = client
        self.before = before
    }

    var requests: Int { count.withLock { $0 } }
    var traffic: HTTPTraffic { client.traffic }

    func send(_ request: HTTPRequest, limit: Int) async throws -> HTTPResponse {
        try await next()
        return try await client.send(request, limit: limit)
    }

    func stream(
        _ request: HTTPRequest, consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws -> HTTPHead {
        try await next()
        return try await client.stream(request, consume: consume)
    }

    private func next() async throws {
        try await before(
            count.withLock { count in
                count += 1
                return count
            })
    }
}
