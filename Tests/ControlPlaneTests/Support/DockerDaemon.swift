import Basics
import Foundation
import Glibc
import HTTP
import JSON
import TestSupport
import Testing

@testable import ControlPlane

/// A Docker Engine of our own for the time of a suite: no bridge, no firewall rules, everything in
/// one temporary folder, and that in memory, since an Engine waits for the disk at every step. Its
/// socket belongs to group `nogroup`, so that a user who is in that group and nothing else stands
/// for RKE's user in group `docker`.
final class DockerDaemon: Sendable {
    static let image = "orchestrator.test/hyperkube:v1"
    /// A container that is never started, as RKE has one for the volumes of its others.
    static let sidekick = "service-sidekick"
    static let isAvailable =
        geteuid() == 0
        && ["/usr/sbin/dockerd", "/usr/bin/containerd", "/bin/busybox"].allSatisfy {
            FileManager.default.isExecutableFile(atPath: $0)
        }

    @TaskLocal static var current: DockerDaemon?

    let folder: String
    var socket: String { "\(folder)/docker.sock" }
    /// The Engine's own socket, without a detour by processes: for what tests prepare and look at,
    /// and for those that are about something else than the way to the Engine.
    let exchanger: any HTTPExchanger
    let engine: EngineClient
    private let process: SpawnedProcess

    init() async throws {
        // Short, since a socket's path may have 107 bytes.
        folder = "/tmp/orch-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        try #require(mount("orchestrator-test", folder, "tmpfs", 0, "mode=755") == 0)
        process = try Self.start(in: folder)
        let socket = "\(folder)/docker.sock"
        exchanger = try HTTPClient(
            HTTPClientConfiguration(
                dial: { descriptor, _, _, failed in
                    do { try UnixSocket.join(descriptor, to: socket) } catch {
                        failed(Fault(error))
                    }
                },
                version: .http1, proxy: .none, connectTimeout: .seconds(30),
                idleTimeout: .seconds(60), connectionsPerHost: 64))
        engine = try await Self.reach(exchanger)
        try await makeImage()
        _ = try await engine.create(
            Self.sidekick,
            [
                "Image": .string(Self.image), "Cmd": ["true"], "Volumes": ["/opt/rke-tools": [:]],
                "HostConfig": ["NetworkMode": "none"],
            ])
    }

    private static func start(in folder: String) throws -> SpawnedProcess {
        let words = [
            "/usr/sbin/dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", "-G",
            "nogroup",
            "--data-root", "\(folder)/data", "--exec-root", "\(folder)/exec",
            "--pidfile", "\(folder)/pid", "-H", "unix://\(folder)/docker.sock",
        ]
        return try SpawnedProcess(words, errors: .file("\(folder)/log"))
    }

    private static func reach(_ exchanger: any HTTPExchanger) async throws -> EngineClient {
        for _ in 0..<1200 {
            if let engine = try? await EngineClient(asking: exchanger) { return engine }
            try await Task.sleep(for: .milliseconds(25))
        }
        return try await EngineClient(asking: exchanger)
    }

    @discardableResult
    func docker(_ arguments: [String]) async throws -> (succeeded: Bool, output: String) {
        let words = ["docker", "-H", "unix://\(socket)"] + arguments
        let quoted = words.map { "'\($0)'" }.joined(separator: " ")
        let result = try await LocalShell().run("\(quoted) 2>&1")
        return (result.succeeded, result.output.exposedText() ?? "")
    }

    func stop() async {
        let containers = try? await engine.ask("GET", "/containers/json", to: "list containers")
        await DaemonEnd(
            process: process.identifier, folder: folder,
            containers: (containers?.elements ?? []).compactMap { $0["Id"]?.text }
        ).now()
        process.end(by: SIGKILL)
        // The Engine leaves the host's network namespace mounted.
        umount2("\(folder)/exec/netns/default", Int32(MNT_DETACH))
        umount2(folder, Int32(MNT_DETACH))
        rmdir(folder)
    }

    /// An image of busybox and a script in the place of kube-apiserver.
    private func makeImage() async throws {
        let root = "\(folder)/image"
        let script = """
            set -eu; mkdir -p \(root)/bin \(root)/opt/rke-tools; cd \(root)/bin; \
            cp /bin/busybox busybox; \
            for t in sh mv rm sync touch wc cat sleep grep ls true cp mkdir; do \
            ln -s busybox $t; done; cat >kube-apiserver; chmod 755 kube-apiserver; cd ..; \
            tar -c . | docker -H unix://\(socket) import -c "VOLUME /var/made-up" \
            -c "ENV FROM_IMAGE=1" - \(Self.image)
            """
        let input = Array(FakeServer.script.utf8)
        let result = try await LocalShell().run(
            script, input: .init(copying: input), timeout: .seconds(60), limit: 1 << 20)
        try #require(result.succeeded, "\(result.errorOutput)")
    }
}

/// Starts the Engine before a suite and ends it afterwards.
struct WithDocker: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard DockerDaemon.isAvailable else { return try await function() }
        let daemon = try await DockerDaemon()
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await DockerDaemon.$current.withValue(daemon, operation: function))
        } catch {
            result = .failure(error)
        }
        await daemon.stop()
        try result.get()
    }
}

extension Trait where Self == WithDocker {
    static var docker: Self { WithDocker() }
}
