internal import Basics
public import ClusterFiles
public import EncryptionModel
internal import KubeAPI
public import Transition

/// One run's hold on one cluster: what cluster.yml wants, and the doors to everything.
///
/// Opening reads and checks files and takes the lock. Nodes and servers are connected to when they
/// are first asked for something, each once, all side by side.
public struct ClusterSession: Sendable {
    public let wanted: Wanted
    public let ports: Ports
    public let snapshots: any SnapshotPort
    public let etcd: any EtcdCarePort
    private let restoring: any RestorePort
    /// The resources that cluster.yml has in mind, where it wants encryption; else Secrets.
    public let configuredResources: [ResourcePattern]
    private let nodes: [LiveNode]
    private let store: StateStore

    /// - Throws: `Fault`: `.badInput` or `.corrupt` for a file (with its place), `.refused` when
    ///   another run holds the lock. Nothing was touched.
    public static func open(
        _ options: SessionOptions, access: SessionOptions.Access, report: @escaping EventHandler
    ) async throws -> ClusterSession {
        let config = try readConfig(options)
        let encryption = EncryptionWish(config)
        let store = StateStore(path: ClusterFileNames.state(for: options.configPath))
        if case .exclusive(let command) = access { try await lock(store, command: command) }
        let journal = StateJournal(
            store: store, addresses: Set(config.nodes.map(\.address)), report: report)
        let kubeconfig = try await KubeconfigChoice(config, options: options)
            .access(stateFile: journal)
        if kubeconfig.isInsecure {
            report(
                .warning(
                    "the kubeconfig says insecure-skip-tls-verify: anybody on the way could pose as"
                        + " the API server"))
        }
        let cast = LiveCast(config, options, access: kubeconfig, report: report)
        let (nodes, etcd) = (cast.servers, EtcdAccess(nodes: cast.servers))
        let smallWrites = SmallWrites()
        let kubernetes = LiveKubernetes(
            nodes: nodes, settings: config.settings.rewrite, limits: options.rewrite,
            smallWrites: smallWrites)
        let lease = try LiveOperatorLease(
            nodes: nodes, kubernetes: kubernetes, run: await store.lockedRun(),
            smallWrites: smallWrites, report: report)
        let evidence: any EvidencePort =
            switch config.settings.evidence {
            case .required: EtcdEvidence(etcd: etcd)
            case .api: APIEvidence(kubernetes: kubernetes)
            }
        return ClusterSession(
            wanted: encryption.wanted,
            ports: Ports(
                controlPlane: LiveControlPlane(nodes, places: encryption.places),
                kubernetes: kubernetes, evidence: evidence,
                journal: journal, lease: lease,
                stateCopy: LiveStateCopy(kubernetes: kubernetes)),
            snapshots: LiveSnapshots(cast.etcd, etcd: etcd),
            etcd: LiveEtcdCare(etcd: etcd),
            restoring: LiveRestore(etcd: cast.etcd, servers: nodes, access: etcd),
            configuredResources: encryption.resources, nodes: cast.all, store: store)
    }

    /// The restore that an earlier run has begun; nil where there is none.
    public func restoreUnderWay() async throws -> Restore? {
        try await ports.journal.load().restore
    }

    public func restoring(
        stop: StopSignal, report: @escaping EventHandler
    ) -> SnapshotRestoring {
        SnapshotRestoring(
            ports: ports, snapshots: snapshots, restoring: restoring, stop: stop, report: report)
    }

    /// Runs `body`, then ends all connections and lets go of the lock, however it ended.
    public func closingAfterwards<Result: Sendable>(
        _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await body()
            await close()
            return result
        } catch {
            await close()
            throw error
        }
    }

    private func close() async {
        await withTaskGroup { group in
            for node in nodes { group.addTask { await node.close() } }
        }
        await store.unlock()
    }

    private static func readConfig(_ options: SessionOptions) throws -> ClusterConfig {
        try ClusterConfigReader.load(options.configPath, environment: options.environment)
    }

    private static func lock(_ store: StateStore, command: String) async throws {
        do {
            try await store.lock(command: command)
        } catch let fault as Fault where fault.code == .conflict {
            throw Fault(.refused, fault.message, hint: fault.hint, place: fault.place, cause: fault)
        }
    }
}

/// The nodes of the control plane and of etcd, each once though it be both.
private struct LiveCast {
    let all: [LiveNode]
    let servers: [LiveNode]
    let etcd: [LiveNode]

    init(
        _ config: ClusterConfig, _ options: SessionOptions, access: APIAccess,
        report: @escaping EventHandler
    ) {
        let ssh = SSHAccess(config, options: options)
        let nodes = config.nodes.filter { !$0.roles.isDisjoint(with: [.controlplane, .etcd]) }
        let live = nodes.map { node in
            LiveNode(
                node, ssh: ssh, access: access, config: config,
                ignoresDockerVersion: options.ignoreDockerVersion, report: report)
        }
        all = live
        servers = zip(nodes, live).filter { $0.0.roles.contains(.controlplane) }.map(\.1)
        etcd = zip(nodes, live).filter { $0.0.roles.contains(.etcd) }.map(\.1)
    }
}

extension ClusterSession {
    /// What `config validate` found.
    public struct Validation: Sendable {
        public let file: String
        public let controlPlane: [(name: String, address: String)]
        public let encryption: String
        /// What can be done and may still hurt, with its place.
        public let advice: [Diagnostic]
    }

    /// Checks everything that needs no cluster.
    ///
    /// - Throws: `Fault(.badInput)` with everything that is wrong.
    public static func validate(_ options: SessionOptions) async throws -> Validation {
        let config = try readConfig(options)
        let wish = EncryptionWish(config)
        return Validation(
            file: options.configPath,
            controlPlane: config.controlPlane.map { ($0.name, $0.address) },
            encryption: wish.told, advice: try wish.checkedOffline())
    }
}
