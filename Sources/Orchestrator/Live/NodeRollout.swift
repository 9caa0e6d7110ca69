internal import Basics
internal import ClusterFiles
internal import ControlPlane
internal import EncryptionModel
internal import KubeAPI
internal import Transition

/// One node brought to one config.
struct NodeRollout {
    let live: LiveNode

    init(of node: LiveNode) { live = node }

    func bring(to config: ProviderConfig?) async throws -> RolloutResult {
        let started = ContinuousClock.now
        let node = try await live.link().node
        let path = try await node.runtime.inspect().configPath
        let desired = try await desired(config, at: path)
        let readiness = readiness()
        let deployment = try await node.deploy(desired, readiness)
        try await waitUntilReady(readiness, log: node.runtime.words.log)
        let method = try await confirmation(deployment, try await live.apiServer())
        return RolloutResult(
            configSHA256: deployment.configSHA256, confirmedBy: method,
            seconds: (ContinuousClock.now - started) / .seconds(1),
            restarted: deployment.hasRestarted)
    }

    /// Nil where the server wasn't seen to load it by itself; from then on it is restarted.
    func reload(to config: ProviderConfig) async throws -> RolloutResult? {
        let started = ContinuousClock.now
        let node = try await live.link().node
        let contents = try ProviderConfigWriter.write(config, for: await live.release)
        guard let deployment = try await node.reload(contents, readiness()) else {
            await live.noteMissedReload()
            return nil
        }
        let said = try await live.apiServer().loadedConfig()
        return RolloutResult(
            configSHA256: deployment.configSHA256,
            confirmedBy: said.sha256 == nil ? .reload : .metric,
            seconds: (ContinuousClock.now - started) / .seconds(1), restarted: false)
    }

    private func readiness() -> ControlPlane.Readiness {
        ControlPlane.Readiness {
            try await live.apiServer().loadedConfig()
        } isReady: {
            try await live.apiServer().answersReady()
        }
    }

    private func desired(
        _ config: ProviderConfig?, at path: String
    ) async throws -> DesiredConfig {
        guard let config else { return .absent(path: path) }
        // One that never answered is none of before 1.13, as far as anybody can tell.
        let release = await live.release
        return .present(
            try ProviderConfigWriter.write(config, for: release), path: path,
            flag: release?.isBeforeConfigGroup == true ? .experimental : .current,
            reload: try await live.offersReload)
    }

    /// The deployment waits for a server that it started; one that was right already may still be
    /// on its way.
    private func waitUntilReady(
        _ readiness: ControlPlane.Readiness, log: String
    ) async throws {
        let deadline = ContinuousClock.now + readiness.timeout
        while try await !readiness.isReady() {
            guard ContinuousClock.now < deadline else {
                throw Fault(
                    .timedOut,
                    "the API server has the wanted provider config, but isn't ready after"
                        + " \(readiness.timeout.components.seconds) s",
                    hint: "See its log (\(log)); then run the same command again.")
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

extension Deployment {
    fileprivate var hasRestarted: Bool {
        if case .restarted = change { true } else { false }
    }
}
