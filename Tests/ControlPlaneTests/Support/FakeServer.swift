import Basics
import Foundation
import HTTP
import JSON
import Testing

@testable import ControlPlane

/// A container that is started as RKE starts kube-apiserver, with a script in the place of the
/// server: it serves when its config is good and ends with an error line when it isn't.
struct FakeServer {
    /// «Serving» is a file with the config that was loaded, gone when the server ends.
    static let script = """
        #!/bin/sh
        config=
        for word in "$@"; do
          case "$word" in --encryption-provider-config=*) config="${word#*=}";; esac
        done
        rm -f /state/serving
        if [ -n "$config" ]; then
          if [ ! -r "$config" ]; then echo "Error: open $config: no such file" >&2; exit 1; fi
          if grep -q BAD "$config"; then
            echo "I1121 03:37:23.200837 1 server.go:1] starting" >&2
            echo "Error: bad provider {Secret:$(cat "$config")}" >&2
            exit 1
          fi
          if grep -q HANG "$config"; then sleep 1000; fi
          cat "$config" >/state/serving.new
        else
          echo none >/state/serving.new
        fi
        trap 'rm -f /state/serving; exit 0' TERM
        mv /state/serving.new /state/serving
        while true; do sleep 1000 & wait $!; done
        """

    static let configPath = "/etc/kubernetes/ssl/encryption.yaml"
    let daemon: DockerDaemon
    /// The container's name, different for each test, since they run side by side.
    let name: String
    let folder: String

    var hostConfigPath: String { "\(folder)/etc/ssl/encryption.yaml" }

    init(arguments: [String] = [], extra: [String] = []) async throws {
        daemon = try #require(DockerDaemon.current)
        name = "kube-apiserver-\(UUID().uuidString.prefix(8).lowercased())"
        folder = "\(daemon.folder)/\(name)"
        for path in ["etc/ssl", "state"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(path)", withIntermediateDirectories: true)
        }
        try await docker([
            "create", "--name", "\(name)-sidekick", "--network", "none", "-v", "/opt/rke-tools",
            DockerDaemon.image, "true",
        ])
        try await docker(
            [
                "run", "-d", "--name", name, "--restart", "always",
                "--volumes-from", "\(name)-sidekick", "-v", "\(folder)/etc:/etc/kubernetes:z",
                "-v", "\(folder)/state:/state", "--label", "io.rancher.rke.container.name=x",
                "--stop-timeout", "3",
            ] + (extra.contains("--network") ? [] : ["--network", "host"]) + extra + [
                "--entrypoint", "/bin/kube-apiserver", DockerDaemon.image,
                "--etcd-servers=https://127.0.0.1:2379", "--allow_privileged=true",
            ] + arguments)
        for _ in 0..<2400 where serving == nil { try await Task.sleep(for: .milliseconds(25)) }
    }

    /// The config that the running server has loaded; `none` without; nil when none serves.
    var serving: String? {
        (try? String(contentsOfFile: "\(folder)/state/serving", encoding: .utf8))?
            .trimmingCharacters(in: .newlines)
    }

    var readiness: Readiness { readiness(within: .seconds(15)) }

    func readiness(within timeout: Duration) -> Readiness {
        Readiness(timeout: timeout, interval: .milliseconds(40)) { serving != nil }
    }

    func node(
        as user: [String] = [], through wrap: (any HTTPExchanger) -> any HTTPExchanger = { $0 }
    )
        async throws -> ControlPlaneNode
    {
        let shell = LocalShell(prefix: user)
        let access = try await NodeAccess.probe(shell, node: "n1", dockerSocket: daemon.socket)
        let runtime = try await runtime(shell, through: wrap)
        let files: any NodeFiles =
            access == .docker
            ? EngineFiles(engine: runtime.engine) { try await runtime.serving().0.json }
            : ShellFiles(shell: shell, access: access)
        return ControlPlaneNode(name: "n1", address: "127.0.0.1", files: files, runtime: runtime)
    }

    func runtime(
        _ shell: LocalShell = LocalShell(),
        through wrap: (any HTTPExchanger) -> any HTTPExchanger = { $0 }
    ) async throws -> DockerRuntime {
        let connector = NodeConnector(
            name: "n1", address: "127.0.0.1", shell: shell, dockerSocket: daemon.socket)
        let engine = try await EngineClient(asking: wrap(try connector.engineExchanger(.root)))
        return DockerRuntime(engine: engine, container: name)
    }

    @discardableResult
    func docker(_ arguments: [String]) async throws -> String {
        let result = try await daemon.docker(arguments)
        try #require(result.succeeded, "docker \(arguments): \(result.output)")
        return result.output
    }

    func inspection() async throws -> ContainerInspection {
        let text = try await docker(["inspect", name])
        return ContainerInspection(
            try #require(try JSONValue(parsing: Array(text.utf8)).elements.first))
    }

    /// The names of all containers that belong to this server, and of helpers.
    func containers() async throws -> [String] {
        try await docker(["ps", "-a", "--format", "{{.Names}}"]).split(separator: "\n")
            .map(String.init).filter { $0.hasPrefix(name) }.sorted()
    }

    func names(in path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(path)").sorted()
    }
}
