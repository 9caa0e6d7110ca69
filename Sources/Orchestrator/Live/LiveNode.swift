internal import Basics
internal import ClusterFiles
internal import ControlPlane
internal import EncryptionModel
internal import HTTP
internal import KubeAPI
internal import SSH

/// One node of the control plane or of etcd with everything that leads to it. Connected to when first asked for
/// something, and anew after the connection was lost.
actor LiveNode {
    nonisolated let name: String
    nonisolated let address: String

    private let config: NodeConfig
    private let ssh: SSHAccess
    private let access: APIAccess
    private let apiAccess: OrchestratorSettings.APIAccess
    private let choice: NodeConnector.RuntimeChoice
    private let ignoresDockerVersion: Bool
    private let report: EventHandler

    private var connecting: Task<NodeLink, any Error>?
    private var server: APIServer?
    /// Whether a server that reloads by itself may be left to do so.
    nonisolated let reload: OrchestratorSettings.Reload
    /// It didn't reload when it should have, so in this run it is restarted.
    private(set) var hasMissedReload = false
    /// Of its API server, as it said last.
    private(set) var release: KubernetesRelease?

    init(
        _ node: NodeConfig, ssh: SSHAccess, access: APIAccess, config: ClusterConfig,
        ignoresDockerVersion: Bool, report: @escaping EventHandler
    ) {
        name = node.name
        address = node.address
        self.config = node
        self.ssh = ssh
        self.access = access
        apiAccess = config.settings.apiAccess
        choice =
            switch config.settings.runtime {
            case .auto: .auto
            case .docker: .docker
            case .staticPod: .staticPod
            }
        reload = config.settings.reload
        self.ignoresDockerVersion = ignoresDockerVersion
        self.report = report
    }

    /// The node, connected and looked at; the connection is made once.
    func link() async throws -> NodeLink {
        if let connecting { return try await connecting.value }
        let task = Task { try await connect() }
        connecting = task
        do {
            return try await task.value
        } catch {
            if connecting == task { connecting = nil }
            throw Fault(error).on(node: name)
        }
    }

    /// The node's own API server, verified as the kubeconfig says: directly where that works or is
    /// asked for, else through the node's SSH connection.
    ///
    /// Which way works is settled by the first connection, whatever comes of it. A server that can't
    /// be reached by either may be starting, so the next call tries both again.
    func apiServer() async throws -> APIServer {
        if let server { return server }
        let link = try await link()
        let port = try await link.node.runtime.inspect().securePort
        let direct = try apiServer(at: (address, port))
        let tunnelled = try apiServer(at: (config.internalAddress, port), dial: link.dial)
        switch apiAccess {
        case .direct: server = direct
        case .ssh: server = tunnelled
        case .auto:
            if try await direct.isReached() {
                server = direct
            } else if try await tunnelled.isReached() {
                report(
                    .detail("\(name): port \(port) can't be reached from here; going through SSH"))
                server = tunnelled
            }
        }
        return server ?? direct
    }

    /// Whether a new argument comes with that for automatic reload. Up to 1.27 nobody could tell
    /// that a server has reloaded. RKE makes a container anew whose arguments aren't those that it
    /// has in mind, so there only the administrator can ask for it.
    var offersReload: Bool {
        get async throws {
            guard try await link().isStaticPod else { return false }
            return reload == .auto && release?.tellsReloads == true
        }
    }

    func noteMissedReload() { hasMissedReload = true }

    func note(version: String?) {
        if let known = version.flatMap(KubernetesRelease.init(version:)) { release = known }
    }

    private func apiServer(
        at place: (host: String, port: Int), dial: HTTPClientConfiguration.Dial? = nil
    ) throws -> APIServer {
        let configuration = access.configuration(connectingTo: place, dial: dial)
        return APIServer(node: name, exchanger: try HTTPClient(configuration), access: access)
    }

    /// Runs what only looks; when the connection was lost meanwhile, connects anew and looks once
    /// more.
    func looking<Sight: Sendable>(
        _ look: @Sendable (LiveNode) async throws -> Sight
    ) async throws -> Sight {
        let wasConnected = connecting != nil
        do {
            return try await look(self)
        } catch let fault as Fault where fault.code == .unreachable && wasConnected {
            await close()
            return try await look(self)
        }
    }

    func close() async {
        let link = try? await connecting?.value
        connecting = nil
        server = nil
        await link?.tunnel.close()
        await link?.shell.close()
    }

    private func connect() async throws -> NodeLink {
        report(.detail("connecting to \(config.user)@\(address)"))
        let shell = try await ssh.connect(to: config)
        do {
            let connector = NodeConnector(
                name: name, address: address, shell: shell, dockerSocket: config.dockerSocket,
                choice: choice)
            let finding = try await connector.find()
            report(
                .detail(
                    "\(name): \(config.user) has access by \(finding.access.rawValue);"
                        + " \(finding.runtime.told)"))
            if case .docker(let version) = finding.runtime {
                try DockerVersionCheck(version).run(ignoring: ignoresDockerVersion)
            }
            let tunnel = NodeTunnel { [ssh, config] in try await ssh.connect(to: config) }
            return NodeLink(
                shell: shell, node: finding.node, tunnel: tunnel, snapshots: finding.snapshots,
                etcd: finding.etcd, runtime: finding.runtime)
        } catch {
            await shell.close()
            throw error
        }
    }
}

/// What a connection to a node consists of.
struct NodeLink: Sendable {
    let shell: SSHConnection
    let node: ControlPlaneNode
    let tunnel: NodeTunnel
    let snapshots: SnapshotFolder
    private let container: EtcdContainer?
    let runtime: NodeConnector.Runtime

    init(
        shell: SSHConnection, node: ControlPlaneNode, tunnel: NodeTunnel, snapshots: SnapshotFolder,
        etcd: EtcdContainer?, runtime: NodeConnector.Runtime
    ) {
        self.shell = shell
        self.node = node
        self.tunnel = tunnel
        self.snapshots = snapshots
        container = etcd
        self.runtime = runtime
    }

    var isStaticPod: Bool {
        if case .staticPod = runtime { true } else { false }
    }

    /// - Throws: `Fault(.refused)` where Docker doesn't run it.
    var etcd: EtcdContainer {
        get throws {
            if let container { return container }
            throw Fault(
                .refused,
                "etcd is run by the kubelet on this node, and snapshots are restored where Docker"
                    + " runs it, as RKE does",
                hint: "Nothing was touched. etcd's own tools restore it by hand (see"
                    + " docs/snapshots.md); etcd snapshot-inspect says which keys it needs.")
        }
    }

    /// Reaches what the node reaches.
    var dial: HTTPClientConfiguration.Dial { tunnel.dial }
}

extension NodeConnector.Runtime {
    fileprivate var told: String {
        switch self {
        case .docker(let version): "Docker \(version)"
        case .staticPod(let manifest): "kube-apiserver is a static pod (\(manifest))"
        case .none: "it has no kube-apiserver"
        }
    }
}

/// The Docker versions that the runtime was tried with or whose API is known not to differ where
/// it is used; RKE has a like check and the same option to pass over it.
struct DockerVersionCheck {
    private let version: String

    init(_ version: String) { self.version = version }

    func run(ignoring: Bool) throws {
        let major = version.split(separator: ".").first.flatMap { Int($0) }
        guard !ignoring, !(major.map { (18...29).contains($0) } ?? false) else { return }
        throw Fault(
            .refused, "Docker \(version) isn't one that this was tried with (18.09 to 29)",
            hint: "Nothing was touched. --ignore-docker-version goes on nevertheless.")
    }
}
