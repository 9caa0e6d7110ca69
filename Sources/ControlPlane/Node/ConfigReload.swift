internal import Basics
internal import Crypto

/// How long a reload may take.
public struct ReloadPatience: Sendable {
    /// kube-apiserver looks at the file once a minute from 1.29 on, and a KMS plugin that is new may
    /// take its time to answer (`controller.go` in k8s.io/apiserver's encryptionconfig).
    public static let usual = ReloadPatience(
        timeout: .seconds(150), refusalTimeout: .seconds(15), interval: .seconds(2))

    public let timeout: Duration
    /// How long a refusal must stand: a file that was refused is tried again and again.
    public let refusalTimeout: Duration
    public let interval: Duration

    public init(timeout: Duration, refusalTimeout: Duration, interval: Duration) {
        self.timeout = timeout
        self.refusalTimeout = refusalTimeout
        self.interval = interval
    }
}

/// One provider config on its way to a server that loads it by itself; see
/// `ControlPlaneNode.reload`.
struct ConfigReload {
    let node: ControlPlaneNode
    let contents: SecretBytes
    let patience: ReloadPatience

    func run(_ readiness: Readiness) async throws -> Deployment? {
        let process = try await node.runtime.inspect()
        let path = process.configPath
        guard process.reloadsChangedFile, !process.isUnsettled,
            let hostPath = process.hostPath(of: path),
            let current = try await node.files.read(hostPath)
        else { return nil }
        let file = ConfigFile(path: path, file: current)
        let said = await readiness.whatIsLoaded()
        let hasCurrent = process.hasLoaded(file, saying: said)
        if !hasCurrent, said.sha256 == nil {
            // A reload that ends after the next file was written couldn't be told from that of the
            // next file, so first the one under way has to end.
            // One that it refuses is replaced by a restart, or nobody could ever replace it.
            do {
                guard try await hasLoaded(file, readiness) else { return nil }
            } catch let fault as Fault where fault.code == .failed {
                return nil
            }
        }
        let former = try await FormerFile.find(
            hostPath, current: current, serverHasCurrent: hasCurrent, readiness, with: node.files)
        if current.contents != contents {
            try await former.save(with: node.files)
            try await write(hostPath, former)
        }
        guard let written = try await node.files.read(hostPath), written.contents == contents else {
            throw Fault(
                .discrepancy, "somebody else writes \(hostPath)",
                hint: "Find out who, and stop it; then run the same command again.")
        }
        do {
            guard try await hasLoaded(ConfigFile(path: path, file: written), readiness) else {
                return nil
            }
        } catch {
            throw await takenBack(former, after: Fault(error))
        }
        try await former.forget(with: node.files)
        return Deployment(
            change: .reloaded, process: try await node.runtime.inspect(),
            configSHA256: SHA256.digest(contents).hex)
    }

    private func write(_ hostPath: String, _ former: FormerFile) async throws {
        do {
            try await node.files.write(
                hostPath, contents: contents,
                permissions: ConfigFile.permissions(over: former.current))
        } catch {
            throw await takenBack(former, after: Fault(error))
        }
        Failpoint.pass("server.reload")
    }

    /// Waits until the server has loaded the file.
    ///
    /// - Returns: false when that took too long.
    /// - Throws: `Fault(.failed)` where the server says that it can't.
    private func hasLoaded(_ file: ConfigFile, _ readiness: Readiness) async throws -> Bool {
        let deadline = ContinuousClock.now + patience.timeout
        var refused: ContinuousClock.Instant?
        while true {
            let said = await readiness.whatIsLoaded()
            // It may have been started anew meanwhile, and a node may not answer for once.
            if let process = try? await node.runtime.inspect(),
                process.hasLoaded(file, saying: said)
            {
                Failpoint.pass("server.reloaded")
                return true
            }
            let refuses = said.refused.map { $0 > file.modified } ?? false
            refused = refuses ? refused ?? .now : nil
            if let refused, .now - refused > patience.refusalTimeout {
                throw Fault(.failed, "kube-apiserver refuses to load \(file.path)")
            }
            guard .now < deadline else { return false }
            try await Task.sleep(for: patience.interval)
        }
    }

    private func takenBack(_ former: FormerFile, after fault: Fault) async -> Fault {
        do {
            try await former.restore(with: node.files)
        } catch let second {
            return Fault(
                .failed,
                "can't deploy the provider config: \(fault.message); and the former"
                    + " \(former.path) could not be put back: \(Fault(second).message)",
                hint: "Run the same command again; it goes on from here.", cause: second)
        }
        return Fault(
            fault.code,
            "can't deploy the provider config: \(fault.message); the former one is back in its"
                + " place, and the server ran with it all the time",
            hint: fault.hint ?? "Its log says why (\(node.runtime.words.log)).", cause: fault)
    }
}

extension Readiness {
    /// Nothing where the server can't be asked now.
    func whatIsLoaded() async -> LoadedConfig { (try? await loaded()) ?? LoadedConfig() }
}

extension APIServerProcess {
    /// Whether it runs and was told of no file at this path.
    func runsWithout(_ path: String) -> Bool { isRunning && providerConfigPath != path }
}
