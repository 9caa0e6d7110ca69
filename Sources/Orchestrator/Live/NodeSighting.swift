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

extension ConfigFile {
    var parsed: ProviderConfig {
        get throws { try ProviderConfigReader.read(contents, file: path, origin: .rke) }
    }
}
