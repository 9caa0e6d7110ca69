internal import Basics
internal import ClusterFiles
internal import ControlPlane
internal import EncryptionModel
internal import KubeAPI
internal import Transition

/// The control-plane nodes, over SSH and their API servers.
struct LiveControlPlane: ControlPlanePort {
    private let live: [LiveNode]
    /// Where the user's config stands; nil where he has written none.
    private let places: ConfigPlaces?
    let nodes: [(name: String, address: String)]

    init(_ nodes: [LiveNode], places: ConfigPlaces?) {
        live = nodes
        self.places = places
        self.nodes = nodes.map { ($0.name, $0.address) }
    }

    func look() async -> [NodeLook] {
        await withTaskGroup(of: (Int, NodeLook).self) { group in
            for (index, node) in live.enumerated() {
                group.addTask {
                    do {
                        let sight = try await node.looking {
                            try await NodeSighting(of: $0).sight()
                        }
                        return (
                            index,
                            NodeLook(
                                node: node.name, address: node.address, result: .success(sight))
                        )
                    } catch {
                        let fault = Fault(error).on(node: node.name)
                        return (
                            index,
                            NodeLook(
                                node: node.name, address: node.address, result: .failure(fault))
                        )
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
                .sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    func preflight(_ config: ProviderConfig) async throws {
        let failures = await withTaskGroup(of: (Int, Fault)?.self) { group in
            for (index, node) in live.enumerated() {
                group.addTask {
                    do {
                        try await Preflight(of: node, places: places).check(config)
                        return nil
                    } catch {
                        return (index, Fault(error))
                    }
                }
            }
            return await group.reduce(into: [(Int, Fault)]()) { all, failure in
                if let failure { all.append(failure) }
            }
        }
        // The first node's, whoever was faster.
        if let first = failures.min(by: { $0.0 < $1.0 }) { throw first.1 }
    }

    func bring(_ node: String, to config: ProviderConfig?) async throws -> RolloutResult {
        guard let target = live.first(where: { $0.name == node }) else {
            throw Fault(.notFound, "cluster.yml has no control-plane node \(node)")
        }
        do {
            return try await NodeRollout(of: target).bring(to: config)
        } catch {
            throw Fault(error).on(node: node)
        }
    }
}

/// One look at one node.
private struct NodeSighting {
    let live: LiveNode

    init(of node: LiveNode) { live = node }

    /// What is on the node and what its server says, asked side by side.
    func sight() async throws -> NodeSight {
        let node = try await live.link().node
        let server = try await live.apiServer()
        async let answers = ServerAnswers(from: server)
        let state = try await node.observe(configPath: live.configPath)
        let said = try await answers
        await live.note(version: said.version)
        let file = state.configFile
        return NodeSight(
            observation: NodeObservation(
                node: live.name, running: running(state, loaded: said.loadedConfigSHA256),
                hasAbandonedFile: state.process.providerConfigPath == nil && file != nil,
                hasLeftovers: state.hasLeftovers,
                isReady: said.isReady && state.process.isRunning && !state.process.isUnsettled),
            address: live.address, serverVersion: said.version, configPath: file?.path,
            configSHA256: file?.sha256, keys: file.flatMap { try? $0.parsed.keys } ?? [],
            serverStarted: state.process.startedAt)
    }

    /// What the server runs with: by its own word where it gives one (1.34 and later), else by its
    /// argument and by having been started after the file last changed.
    private func running(_ state: NodeState, loaded: String?) -> NodeObservation.Running {
        guard let path = state.process.providerConfigPath else {
            guard let file = state.configFile else { return .unconfigured }
            do { _ = try file.parsed } catch {
                return .unclear(
                    "it runs without the argument, and \(file.path), which lies there unused, can't"
                        + " be understood: \(Fault(error).message)")
            }
            return .unconfigured
        }
        guard let file = state.configFile else {
            return .fileMissing(path: path)
        }
        do {
            let config = try file.parsed
            let isLoaded = loaded.map { $0 == file.sha256 } ?? state.isConfigLoaded
            return isLoaded ? .config(config) : .notLoaded(config)
        } catch {
            return .unclear("\(path) can't be understood: \(Fault(error).message)")
        }
    }
}

/// What a server says of itself; nothing but that it isn't ready where it isn't.
private struct ServerAnswers: Sendable {
    let isReady: Bool
    let version: String?
    let loadedConfigSHA256: String?

    init(from server: APIServer) async throws {
        isReady = try await server.answersReady()
        guard isReady else {
            (version, loadedConfigSHA256) = (nil, nil)
            return
        }
        async let metrics = server.encryptionMetrics()
        version = try await server.version().gitVersion
        loadedConfigSHA256 = try await metrics.loadedConfigSHA256
    }
}

/// One node brought to one config.
private struct NodeRollout {
    let live: LiveNode

    init(of node: LiveNode) { live = node }

    func bring(to config: ProviderConfig?) async throws -> RolloutResult {
        let started = ContinuousClock.now
        let node = try await live.link().node
        let path = try await node.runtime.inspect().providerConfigPath ?? live.configPath
        let desired = try await desired(config, at: path)
        let readiness = ControlPlane.Readiness {
            try await live.apiServer().answersReady()
        }
        let deployment = try await node.deploy(desired, readiness)
        try await waitUntilReady(readiness)
        let method = try await confirmation(deployment, try await live.apiServer())
        return RolloutResult(
            configSHA256: deployment.configSHA256, confirmedBy: method,
            seconds: (ContinuousClock.now - started) / .seconds(1))
    }

    private func desired(
        _ config: ProviderConfig?, at path: String
    ) async throws -> DesiredConfig {
        guard let config else { return .absent(path: path) }
        // One that never answered is none of before 1.13, as far as anybody can tell.
        let release = await live.release
        return .present(
            try ProviderConfigWriter.write(config, for: release), path: path,
            flag: release?.isBeforeConfigGroup == true ? .experimental : .current)
    }

    /// The deployment waits for a server that it started; one that was right already may still be
    /// on its way.
    private func waitUntilReady(_ readiness: ControlPlane.Readiness) async throws {
        let deadline = ContinuousClock.now + readiness.timeout
        while try await !readiness.isReady() {
            guard ContinuousClock.now < deadline else {
                throw Fault(
                    .timedOut,
                    "the API server has the wanted provider config, but isn't ready after"
                        + " \(readiness.timeout.components.seconds) s",
                    hint: "See docker logs kube-apiserver on the node; then run the same command"
                        + " again.")
            }
            try await Task.sleep(for: readiness.interval)
        }
    }

    private func confirmation(
        _ deployment: Deployment, _ server: APIServer
    ) async throws -> Confirmation.Method {
        guard let wanted = deployment.configSHA256,
            let loaded = try await server.encryptionMetrics().loadedConfigSHA256
        else { return .restart }
        guard loaded == wanted else {
            throw Fault(
                .discrepancy,
                "the API server says that it runs with another provider config (SHA-256"
                    + " \(loaded.prefix(12))…) than the one that was pushed"
                    + " (\(wanted.prefix(12))…)",
                hint: "Somebody else may be changing the file. Nothing stored was touched.")
        }
        return .metric
    }
}

extension APIServer {
    /// False as long as it can't be reached either: it may be starting. What can't pass by waiting
    /// (its certificate isn't trusted, it doesn't know us) is thrown.
    func answersReady() async throws -> Bool {
        do {
            return try await ready() == .ready
        } catch let fault as Fault where fault.code == .unreachable || fault.code == .timedOut {
            return false
        }
    }

    /// Whether it can be talked to, be it that it refuses, or takes the question and keeps it as one
    /// without etcd's quorum does.
    func isReached() async throws -> Bool {
        do {
            _ = try await ready()
            return true
        } catch {
            try Task.checkCancellation()
            return ![.unreachable, .denied].contains(Fault(error).code)
        }
    }
}

extension ConfigFile {
    var parsed: ProviderConfig {
        get throws { try ProviderConfigReader.read(contents, file: path, origin: .rke) }
    }
}
