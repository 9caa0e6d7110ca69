internal import Basics

/// kube-apiserver in a Docker container, as RKE runs it.
///
/// The container is replaced by another one made from its inspection. Four names tell how far a
/// replacement has come, whoever looks at them and whenever.
///
/// | step | `kube-apiserver` | `…-orchestrator-next` | `…-orchestrator-previous` |
/// | --- | --- | --- | --- |
/// | create, compare | old, runs | new | |
/// | restart policy «no», stop | old, stopped | new | |
/// | rename | | new | old, stopped |
/// | rename | new | | old, stopped |
/// | start, ready | new, runs | | old, stopped |
/// | rename, remove | new, runs | | |
///
/// The way back runs through the same states: a new one that doesn't get ready is renamed back to
/// `next`, the old one to its own name, given back the restart policy (which `next` still has),
/// started, and `next` removed. So `settle` needs only the one table, for crashes on either way.
struct DockerRuntime: APIServerRuntime {
    /// RKE's name for it.
    static let defaultContainer = "kube-apiserver"
    /// Where RKE puts the provider config.
    static let configPath = "/etc/kubernetes/ssl/encryption.yaml"

    let engine: EngineClient
    let names: Names
    let words = RuntimeWords.docker

    struct Names: Sendable {
        let main: String
        var next: String { "\(main)-orchestrator-next" }
        var previous: String { "\(main)-orchestrator-previous" }
        /// On its way out. Renaming to this is the moment from which there is no way back.
        var retired: String { "\(main)-orchestrator-retired" }
    }

    init(engine: EngineClient, container: String = defaultContainer) {
        self.engine = engine
        names = Names(main: container)
    }

    func inspect() async throws -> APIServerProcess {
        let (container, isUnsettled) = try await serving()
        return APIServerProcess(
            identity: container.id, arguments: container.arguments.words,
            isRunning: container.isRunning, startedAt: container.startedAt,
            image: container.imageName, mounts: container.mounts, isUnsettled: isUnsettled,
            usualConfigPath: Self.configPath)
    }

    func read(_ path: String, limit: Int) async throws -> NodeFile? {
        try await engine.readFile(path, in: try await serving().0.id, limit: limit)
    }

    func stop() async throws {
        let state = try await state()
        for container in [state.main, state.next, state.previous].compactMap(\.self) {
            try await engine.stop(container.id)
        }
    }

    /// A container's mounts aren't changed, so there is nothing to make.
    func prepareFolder(for path: String) {}
    func discardFolder(for path: String) {}

    func kind(of path: String) async throws -> PathKind {
        try await engine.kind(of: path, in: try await serving().0.id)
    }

    func apply(
        _ argument: ProviderConfigArgument, _ readiness: Readiness
    ) async throws -> Restart {
        try await uninterrupted {
            try await settleNow(readiness)
            let old = try await main()
            let arguments = old.arguments
            guard arguments.isServer else { throw notAServer(old) }
            let wanted =
                switch argument {
                case .keep: arguments
                case .remove: arguments.settingProviderConfig(nil)
                case .set(let path, let flag, let reload):
                    arguments.settingProviderConfig(path, flag: flag, reload: reload)
                }
            return wanted == arguments
                ? try await restart(old, readiness)
                : try await replace(old, with: wanted, readiness)
        }
    }

    func settle(_ readiness: Readiness) async throws {
        try await uninterrupted { try await settleNow(readiness) }
    }

    /// The container under its own name, or the one that waits to get it back.
    func serving() async throws -> (ContainerInspection, isUnsettled: Bool) {
        let state = try await state()
        if let main = state.main, let previous = state.previous {
            // The new one counts once it was started; until then the node is as it was.
            return (main.startedAt == nil ? previous : main, true)
        }
        guard let container = state.main ?? state.previous ?? state.next else {
            throw Fault(
                .notFound, "there is no container \(names.main) on this node",
                hint: "Is it a control-plane node, set up by RKE? Where the kubelet runs"
                    + " kube-apiserver as a static pod, the SSH user has to be root or have sudo"
                    + " without a password.")
        }
        return (container, state.isUnsettled)
    }

    func main() async throws -> ContainerInspection {
        guard let json = try await engine.inspect(names.main) else {
            throw Fault(.notFound, "there is no container \(names.main) on this node")
        }
        return ContainerInspection(json)
    }

    private func notAServer(_ container: ContainerInspection) -> Fault {
        Fault(
            .refused,
            "the command line of container \(names.main) has no --etcd-servers, so it isn't one of "
                + "kube-apiserver's that can be read and changed",
            hint: "Give kube-apiserver its arguments as words of Entrypoint or Cmd, as RKE does.")
    }
}
