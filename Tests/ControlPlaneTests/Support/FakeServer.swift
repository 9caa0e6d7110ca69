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
        trap 'rm -f /state/serving; exit 0' TERM
        rest() { while true; do sleep 1000 & wait $!; done; }
        rm -f /state/serving
        if [ -n "$config" ]; then
          if [ ! -r "$config" ]; then echo "Error: open $config: no such file" >&2; exit 1; fi
          if grep -q BAD "$config"; then
            echo "I1121 03:37:23.200837 1 server.go:1] starting" >&2
            echo "Error: bad provider {Secret:$(cat "$config")}" >&2
            exit 1
          fi
          if grep -q HANG "$config"; then rest; fi
          cat "$config" >/state/serving.new
        else
          echo none >/state/serving.new
        fi
        mv /state/serving.new /state/serving
        rest
        """

    static let configPath = "/etc/kubernetes/ssl/encryption.yaml"
    let daemon: DockerDaemon
    /// The container's name, different for each test, since they run side by side.
    let name: String
    let folder: String

    var hostConfigPath: String { "\(folder)/etc/ssl/encryption.yaml" }

    /// - Parameters:
    ///   - arguments: more of them for the server.
    ///   - options: makes the container by `docker run` with these options.
    ///   - sidekick: the container whose volumes it shares.
    init(
        arguments: [String] = [], options: [String]? = nil,
        sidekick: String = DockerDaemon.sidekick
    ) async throws {
        daemon = try #require(DockerDaemon.current)
        name = "kube-apiserver-\(UUID().uuidString.prefix(8).lowercased())"
        folder = "\(daemon.folder)/\(name)"
        for path in ["etc/ssl", "state"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(path)", withIntermediateDirectories: true)
        }
        let words =
            ["--etcd-servers=https://127.0.0.1:2379", "--allow_privileged=true"] + arguments
        if let options {
            try await run(words, options, sidekick)
        } else {
            try await engine.start(try await engine.create(name, recipe(words, sidekick)))
        }
        try await untilServing()
    }

    /// Waits until some server serves, for a minute at the most.
    func untilServing() async throws {
        for _ in 0..<2400 where serving == nil { try await Task.sleep(for: .milliseconds(25)) }
    }

    private var engine: EngineClient { daemon.engine }

    private func recipe(_ words: [String], _ sidekick: String) -> JSONValue {
        [
            "Image": .string(DockerDaemon.image), "Entrypoint": ["/bin/kube-apiserver"],
            "Cmd": .array(words.map(JSONValue.string)),
            "Labels": ["io.rancher.rke.container.name": "x"], "StopTimeout": .number("3"),
            "HostConfig": [
                "NetworkMode": "host", "RestartPolicy": ["Name": "always"],
                "VolumesFrom": [.string(sidekick)],
                "Binds": [
                    .string("\(folder)/etc:/etc/kubernetes:z"), .string("\(folder)/state:/state"),
                ],
            ],
        ]
    }

    private func run(_ words: [String], _ options: [String], _ sidekick: String) async throws {
        let command =
            [
                "run", "-d", "--name", name, "--restart", "always", "--volumes-from", sidekick,
                "-v", "\(folder)/etc:/etc/kubernetes:z", "-v", "\(folder)/state:/state",
                "--label", "io.rancher.rke.container.name=x", "--stop-timeout", "3",
            ] + (options.contains("--network") ? [] : ["--network", "host"]) + options + [
                "--entrypoint", "/bin/kube-apiserver", DockerDaemon.image,
            ] + words
        let result = try await daemon.docker(command)
        try #require(result.succeeded, "docker \(command): \(result.output)")
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
        let runtime =
            user.isEmpty ? try await runtime(through: wrap) : try await self.runtime(by: shell)
        let files: any NodeFiles =
            access == .docker
            ? EngineFiles(engine: runtime.engine) { try await runtime.serving().0.json }
            : ShellFiles(shell: shell, access: access)
        return ControlPlaneNode(name: "n1", address: "127.0.0.1", files: files, runtime: runtime)
    }

    func runtime() -> DockerRuntime { DockerRuntime(engine: engine, container: name) }

    func runtime(
        through wrap: (any HTTPExchanger) -> any HTTPExchanger
    ) async throws -> DockerRuntime {
        DockerRuntime(
            engine: try await EngineClient(asking: wrap(daemon.exchanger)), container: name)
    }

    /// The way that the program goes to an Engine: a command on the node.
    private func runtime(by shell: LocalShell) async throws -> DockerRuntime {
        let connector = NodeConnector(
            name: "n1", address: "127.0.0.1", shell: shell, dockerSocket: daemon.socket)
        return DockerRuntime(
            engine: try await EngineClient(asking: try connector.engineExchanger(.docker)),
            container: name)
    }

    func inspection() async throws -> ContainerInspection {
        ContainerInspection(try #require(try await engine.inspect(name)))
    }

    /// The names of all containers that belong to this server, and of helpers.
    func containers() async throws -> [String] {
        let filters = #"{"name": ["^/\#(name)"]}"#
        return try await engine.ask(
            "GET", "/containers/json", [("all", "1"), ("filters", filters)],
            to: "list containers"
        ).elements.flatMap { $0["Names"]?.elements ?? [] }
            .compactMap { $0.text.map { String($0.dropFirst()) } }
            .filter { $0.hasPrefix(name) }.sorted()
    }

    func names(in path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(path)").sorted()
    }
}
