internal import Basics
internal import Foundation

/// A running kube-apiserver. Two that are equal are the same process, so a server that was
/// restarted in between is another one.
public struct ServerProcess: Sendable, Hashable {
    /// By the node's count.
    public let pid: Int32
    /// When it began, in clock ticks since the machine's start: with the number, its identity.
    public let startTicks: UInt64
    /// Without the program's name.
    public let arguments: [String]
}

extension Lab {
    /// The files with which etcd lets clients in: authority, certificate and key.
    package var etcdAccess: (authority: String, certificate: String, key: String) {
        (
            authority.certificatePath(authority.etcdAuthority),
            authority.certificatePath(authority.etcdClient), authority.keyPath(authority.etcdClient)
        )
    }

    /// The node's kube-apiserver, however it is run; nil where none runs. Of two, as while one
    /// takes over from another, the newer.
    public func apiServerProcess(on node: LabNode) throws -> ServerProcess? {
        let processes = try node.root() + "/proc"
        return Files.list(processes).compactMap(Int32.init).compactMap { pid in
            process(pid, in: processes)
        }.max { ($0.startTicks, $0.pid) < ($1.startTicks, $1.pid) }
    }

    /// The kube-apiserver of every node that runs one, by the node's name. Equal before and after
    /// something: no server was restarted meanwhile.
    public func apiServerProcesses() throws -> [String: ServerProcess] {
        var found: [String: ServerProcess] = [:]
        for node in nodes { found[node.name] = try apiServerProcess(on: node) }
        return found
    }

    /// A process that ends while it is looked at is none.
    private func process(_ pid: Int32, in folder: String) -> ServerProcess? {
        func read(_ file: String) -> String? {
            FileManager.default.contents(atPath: "\(folder)/\(pid)/\(file)")
                .map { String(decoding: $0, as: UTF8.self) }
        }
        guard read("comm") == Component.apiServer.rawValue + "\n", let line = read("cmdline"),
            let status = read("stat"), let end = status.lastIndex(of: ")")
        else { return nil }
        // Field 22, counted behind the name, which may have anything in it.
        let fields = status[end...].split(separator: " ")
        guard fields.count > 20, let ticks = UInt64(fields[20]), !line.isEmpty else { return nil }
        let words = line.split(separator: "\0", omittingEmptySubsequences: false).dropLast()
        return ServerProcess(
            pid: pid, startTicks: ticks, arguments: words.dropFirst().map(String.init))
    }

    /// How often the node's kube-apiserver has ended and was started again by what runs it.
    func apiServerRestarts(on node: LabNode) async throws -> Int {
        guard node.runtime.isStaticPods else {
            return try await inspect(Component.apiServer.rawValue, on: node).restarts
        }
        return StaticPodLogs(root: try node.root()).restarts(of: .apiServer)
    }

    /// What the node's kube-apiserver has said since its last start.
    public func apiServerLog(on node: LabNode) async throws -> String {
        guard node.runtime.isStaticPods else {
            let said = try await node.command(["docker", "logs", "kube-apiserver"]).run()
            return said.text + said.errorOutput
        }
        return StaticPodLogs(root: try node.root()).newest(of: .apiServer)
    }

    /// Where a manifest lies while its pod is stopped: out of the kubelet's sight, and no file that
    /// is made or written anew.
    private static func laidAside(_ component: Component) -> String {
        "/run/\(component.rawValue).yaml.stopped"
    }

    /// Stops it as an administrator would, such that it stays stopped: `docker stop`, or the
    /// manifest taken out of the kubelet's folder. Returns when it has ended.
    public func stop(_ component: Component, on node: LabNode) async throws {
        guard node.runtime.isStaticPods else {
            try await node.command(["docker", "stop", "--time", "2", component.rawValue]).run()
            return
        }
        try await node.command(
            ["mv", NodeRuntime.manifest(of: component), Self.laidAside(component)]
        ).run()
        _ = try await waiting(
            for: "\(node.name): the end of \(component.rawValue)", atMost: .seconds(40)
        ) {
            let found = try await node.command(["pgrep", "-x", component.rawValue]).result()
            return found.status == 1 ? true : nil
        }
    }

    /// Starts again what was stopped. Doesn't wait for it.
    public func start(_ component: Component, on node: LabNode) async throws {
        guard node.runtime.isStaticPods else {
            try await node.command(["docker", "start", component.rawValue]).run()
            return
        }
        try await node.command(
            ["mv", Self.laidAside(component), NodeRuntime.manifest(of: component)]
        ).run()
    }

    /// Kills the process itself, so that what runs it starts it again.
    public func killAPIServer(on node: LabNode) async throws {
        try await node.command(["pkill", "-KILL", "-x", Component.apiServer.rawValue]).run()
    }
}
