import Basics
import Foundation
import Glibc
import SSH
import TestSupport

/// Whether both hold the same bytes; quicker without optimisation than `==`.
func same(_ left: SecretBytes, _ right: SecretBytes) -> Bool {
    left.withUnsafeBytes { left in
        right.withUnsafeBytes { right in
            guard left.count == right.count else { return false }
            guard let a = left.baseAddress, let b = right.baseAddress else { return true }
            return memcmp(a, b, left.count) == 0
        }
    }
}

extension SpawnedProcess {
    /// Waits for its end and gives its exit status, or the signal as a negative number.
    @discardableResult
    func ended() async throws -> Int32 { try await onOwnThread { self.wait() } }
}

/// Runs a program to its end and gives its output.
@discardableResult
func shell(_ arguments: String..., environment: [String: String] = [:]) async throws -> String {
    try await onOwnThread { try blockingShell(arguments, environment) }
}

private func blockingShell(
    _ arguments: [String], _ environment: [String: String] = [:]
) throws -> String {
    let file = NSTemporaryDirectory() + "out-" + UUID().uuidString
    let output = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer {
        close(output)
        unlink(file)
    }
    let status = try SpawnedProcess(
        arguments, output: .descriptor(output), environment: environment
    ).wait()
    guard status == 0 else {
        throw Fault(.failed, "\(arguments.joined(separator: " ")): \(status)")
    }
    return try String(contentsOfFile: file, encoding: .utf8)
}

/// A folder that goes with the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "ssh-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: file(name), atomically: true, encoding: .utf8)
    }

    func read(_ name: String) throws -> String {
        try String(contentsOfFile: file(name), encoding: .utf8)
    }

    /// Makes a key pair and gives its private half.
    func makeKey(_ name: String, _ options: String...) async throws {
        try await onOwnThread { try self.blockingMakeKey(name, options) }
    }

    func blockingMakeKey(_ name: String, _ options: [String]) throws {
        let arguments = ["ssh-keygen", "-q", "-N", "", "-C", name, "-f", file(name)]
        guard try SpawnedProcess(arguments + options).wait() == 0 else {
            throw Fault(.failed, "ssh-keygen failed")
        }
    }
}

/// A port of the loopback interface that was free a moment ago.
func freePort() throws -> Int {
    let listener = try Listener(backlog: 1)
    return listener.port
}

/// A listening socket that accepts nothing unless asked to.
final class Listener: Sendable {
    let descriptor: Int32
    let port: Int

    init(backlog: Int32 = 16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound, listen(descriptor, backlog) == 0 else { throw Fault(.failed, "no listener") }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }

    /// Handles each connection on a thread of its own.
    func serve(_ handle: @escaping @Sendable (Int32) -> Void) {
        let copy = dup(descriptor)
        Thread.detachNewThread { [weak self] in
            defer { close(copy) }
            while self != nil {
                var ready = pollfd(fd: copy, events: Int16(POLLIN), revents: 0)
                guard poll(&ready, 1, 100) > 0 else { continue }
                let connection = accept(copy, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread {
                    handle(connection)
                    close(connection)
                }
            }
        }
    }

    /// Sends back what it gets, until the end of it.
    func echo() {
        serve { connection in
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while case let count = recv(connection, &buffer, buffer.count, 0), count > 0 {
                var sent = 0
                while sent < count {
                    let result = buffer[sent..<count].withUnsafeBytes {
                        send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                    }
                    guard result > 0 else { return }
                    sent += result
                }
            }
        }
    }
}

/// A real sshd on the loopback interface, with one user key that it accepts.
final class Server: Sendable {
    let folder: TemporaryFolder
    let port: Int
    private let process: SpawnedProcess

    static func start(
        hostKeys: [String] = ["ed25519"], settings: [String] = []
    ) async throws -> Server {
        try await onOwnThread {
            // Another test may take the port before sshd does.
            for _ in 0..<5 {
                let server = try Server(hostKeys: hostKeys, settings: settings)
                if try server.waitUntilListening() { return server }
            }
            throw Fault(.failed, "sshd found no free port")
        }
    }

    /// - Parameters:
    ///   - hostKeys: types of host keys, as ssh-keygen names them.
    ///   - settings: lines for sshd_config.
    private init(hostKeys: [String], settings: [String]) throws {
        let folder = try TemporaryFolder()
        let port = try freePort()
        self.folder = folder
        self.port = port
        try folder.blockingMakeKey("id", ["-t", "ed25519"])
        try folder.write(try folder.read("id.pub"), to: "authorized_keys")
        for type in hostKeys { try folder.blockingMakeKey("host_\(type)", ["-t", type]) }
        let lines =
            settings + [
                "ListenAddress 127.0.0.1:\(port)", "UsePAM no", "StrictModes no",
                "AuthorizedKeysFile \(folder.file("authorized_keys"))", "PidFile none",
                "PasswordAuthentication no", "KbdInteractiveAuthentication no",
                "PermitRootLogin yes", "PrintMotd no", "LogLevel VERBOSE",
            ] + hostKeys.map { "HostKey \(folder.file("host_\($0)"))" }
        try folder.write(lines.joined(separator: "\n") + "\n", to: "sshd_config")
        // sshd insists on its folder for privilege separation.
        try FileManager.default.createDirectory(
            atPath: "/run/sshd", withIntermediateDirectories: true)
        process = try SpawnedProcess([
            "/usr/sbin/sshd", "-D", "-f", folder.file("sshd_config"), "-E", folder.file("log"),
        ])
    }

    deinit {
        let process = process
        Glibc.kill(process.identifier, SIGTERM)
        Thread.detachNewThread { process.wait() }
    }

    /// - Returns: false where its port is taken.
    private func waitUntilListening() throws -> Bool {
        for _ in 0..<1000 {
            let log = (try? folder.read("log")) ?? ""
            if log.contains("Server listening") { return true }
            if log.contains("Address already in use") { return false }
            usleep(10_000)
        }
        throw Fault(.failed, "sshd didn't start: \((try? folder.read("log")) ?? "")")
    }

    /// Ends it, and the processes that serve its connections.
    func kill() async throws {
        let connections = try await connections()
        Glibc.kill(process.identifier, SIGTERM)
        for pid in connections { Glibc.kill(pid, SIGKILL) }
    }

    /// Stops the processes that serve its connections, or lets them go on.
    func signalConnections(_ signal: Int32) async throws {
        for pid in try await connections() { Glibc.kill(pid, signal) }
    }

    private func connections() async throws -> [pid_t] {
        try await shell("pgrep", "-P", String(process.identifier)).split(separator: "\n")
            .compactMap { pid_t($0) }
    }

    var target: SSHTarget { SSHTarget(host: "127.0.0.1", port: port, user: "root") }

    /// The line of known_hosts for one of its keys.
    func knownHostsLine(_ type: String = "ed25519", name: String? = nil) throws -> String {
        let key = try folder.read("host_\(type).pub").split(separator: " ")
        return "\(name ?? "[127.0.0.1]:\(port)") \(key[0]) \(key[1])\n"
    }

    func key(_ name: String = "id", passphrase: String? = nil) throws -> SSHCredential {
        .privateKey(
            SSHPrivateKey(
                contents: SecretBytes(copying: try folder.read(name).utf8),
                passphrase: passphrase.map { SecretBytes(copying: $0.utf8) },
                origin: folder.file(name)))
    }

    /// Trusts this server's key and logs in with `id`, unless told otherwise.
    func configuration(
        credentials: [SSHCredential]? = nil, knownHosts: String? = nil,
        accepting: Bool = false, timeout: Duration = .seconds(30),
        keepalive: Duration = .seconds(10), sessions: Int = 10
    ) throws -> SSHConfiguration {
        let file = "known_hosts-\(UUID().uuidString.prefix(8))"
        try folder.write(try knownHosts ?? knownHostsLine(), to: file)
        return SSHConfiguration(
            credentials: try credentials ?? [key()],
            hostKeys: SSHHostKeyPolicy(
                files: [folder.file(file)],
                unknownHosts: accepting ? .accept(appendingTo: folder.file("learned")) : .refuse),
            connectTimeout: timeout, operationTimeout: .seconds(30), keepaliveInterval: keepalive,
            concurrentSessions: sessions)
    }

    func connect() async throws -> SSHConnection {
        try await SSHConnection.connect(target, configuration: configuration())
    }
}

func randomBytes(_ count: Int) -> SecretBytes {
    SecretBytes(count: count) { buffer in
        for start in stride(from: 0, to: count, by: 256) {
            getentropy(buffer.baseAddress.map { $0 + start }, min(256, count - start))
        }
    }
}

/// The fault that `body` throws.
func fault(_ body: () async throws -> Void) async -> Fault? {
    do {
        try await body()
        return nil
    } catch {
        return Fault(error)
    }
}
