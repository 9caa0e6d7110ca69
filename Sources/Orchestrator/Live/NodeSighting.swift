internal import Basics
internal import ClusterFiles
internal import ControlPlane
internal import EncryptionModel
internal import KubeAPI
internal import Transition

/// One look at one node.
struct NodeSighting {
    let live: LiveNode

    init(of node: LiveNode) { live = node }

    /// What is on the node and what its server says, asked side by side.
    func sight() async throws -> NodeSight {
        let node = try await live.link().node
        let server = try await live.apiServer()
        async let answers = ServerAnswers(from: server)
        let state = try await node.observe()
        let said = try await answers
        await live.note(version: said.version)
        let file = state.configFile
        return NodeSight(
            observation: NodeObservation(
                node: live.name, running: running(state, saying: said.loaded),
                hasAbandonedFile: state.process.providerConfigPath == nil && file != nil,
                hasLeftovers: state.hasLeftovers,
                isReady: said.isReady && state.process.isRunning && !state.process.isUnsettled,
                reloading: try await reloading(state.process)),
            address: live.address, serverVersion: said.version, configPath: file?.path,
            configSHA256: file?.sha256, keys: file.flatMap { try? $0.parsed.keys } ?? [],
            serverStarted: state.process.startedAt, requestTimeout: state.process.requestTimeout,
            isStaticPod: try await live.link().isStaticPod, serverLog: node.runtime.words.log)
    }

    /// Whether it may be left to load a changed file by itself.
    private func reloading(
        _ process: APIServerProcess
    ) async throws -> NodeObservation.Reloading {
        if process.providerConfigPath == nil {
            return try await live.offersReload ? .offered : .unavailable
        }
        let tells = await live.release?.tellsReloads == true
        let isTrusted = await !live.hasMissedReload && live.reload == .auto
        return tells && isTrusted && process.reloadsChangedFile ? .available : .unavailable
    }

    /// What the server runs with; see `NodeState.isConfigLoaded`.
    private func running(_ state: NodeState, saying said: LoadedConfig) -> NodeObservation.Running {
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
            return state.isConfigLoaded(said) ? .config(config) : .notLoaded(config)
        } catch {
            return .unclear("\(path) can't be understood: \(Fault(error).message)")
        }
    }
}

/// What a server says of itself; nothing but that it isn't ready where it isn't.
private struct ServerAnswers: Sendable {
    let isReady: Bool
    let version: String?
    let loaded: LoadedConfig

    init(from server: APIServer) async throws {
        isReady = try await server.answersReady()
        guard isReady else {
            (version, loaded) = (nil, LoadedConfig())
            return
        }
        async let loaded = server.loadedConfig()
        version = try await server.version().gitVersion
        self.loaded = try await loaded
    }
}

extension APIServerProcess {
    /// kube-apiserver's own default where it isn't told (`pkg/server/config.go`).
    fileprivate var requestTimeout: Duration {
        argument("request-timeout").flatMap { Duration(goSyntax: $0) } ?? .seconds(60)
    }
}

extension APIServer {
    func loadedConfig() async throws -> LoadedConfig {
        let metrics = try await encryptionMetrics()
        return LoadedConfig(
            sha256: metrics.loadedConfigSHA256, reloaded: metrics.lastReloadSucceeded,
            refused: metrics.lastReloadFailed)
    }
}

extension ConfigFile {
    var parsed: ProviderConfig {
        get throws { try ProviderConfigReader.read(contents, file: path, origin: .rke) }
    }
}
