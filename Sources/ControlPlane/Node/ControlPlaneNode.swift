public import Basics

/// A control-plane node: its files and its kube-apiserver.
///
/// A deployment is all or nothing: either the server runs with what was wanted, or file, argument
/// and server are as they were before, as far as the `Fault` doesn't say otherwise. After a crash
/// the next call finds what is half done and goes on from there.
public struct ControlPlaneNode: Sendable {
    /// As the user named it.
    public let name: String
    public let address: String
    public let files: any NodeFiles
    public let runtime: any APIServerRuntime

    public init(
        name: String, address: String, files: any NodeFiles, runtime: any APIServerRuntime
    ) {
        self.name = name
        self.address = address
        self.files = files
        self.runtime = runtime
    }

    /// Looks at the node and changes nothing.
    public func observe() async throws -> NodeState {
        try await onNode {
            let process = try await runtime.inspect()
            let path = process.configPath
            guard let hostPath = process.hostPath(of: path) else {
                return NodeState(process: process, configFile: nil, hasLeftovers: false)
            }
            async let copy = FormerFile.leftover(beside: hostPath, with: files)
            let file = try await files.read(hostPath)
            return NodeState(
                process: process, configFile: file.map { ConfigFile(path: path, file: $0) },
                hasLeftovers: try await copy != nil)
        }
    }

    /// Brings the node to what is wanted and returns when its server is ready with it.
    ///
    /// Present: the file is written, seen to be what the server will see, and the server started
    /// anew. Absent: the argument goes first; the file goes when the server is ready without it.
    /// Does nothing where all is right and the server was started after the file last changed.
    public func deploy(
        _ desired: DesiredConfig, _ readiness: Readiness
    ) async throws -> Deployment {
        // Not even Ctrl-C may end it half-way; its own timeouts do.
        try await uninterrupted {
            try await onNode {
                if try await runtime.inspect().isUnsettled { try await runtime.settle(readiness) }
                switch desired {
                case .present(let contents, let path, let flag, let reload):
                    return try await ConfigRollout(
                        node: self, path: path, contents: contents, flag: flag, reload: reload
                    ).run(readiness)
                case .absent(let path):
                    return try await removeConfig(path, readiness)
                }
            }
        }
    }

    /// Brings a server that loads a changed file by itself to another provider config, and returns
    /// when it is seen to have loaded it. Arguments and server aren't touched.
    ///
    /// - Returns: nil where this server doesn't reload, or wasn't seen to within the time that it
    ///   may take; then the file may be there already, and only a restart makes sure.
    /// - Throws: `Fault` where the server refuses the file; the former one is back in its place as
    ///   far as the fault doesn't say otherwise.
    public func reload(
        _ contents: SecretBytes, _ readiness: Readiness, _ patience: ReloadPatience = .usual
    ) async throws -> Deployment? {
        try await uninterrupted {
            try await onNode {
                try await ConfigReload(node: self, contents: contents, patience: patience)
                    .run(readiness)
            }
        }
    }

    /// Removes a provider config that the server isn't told of, with everything beside it that an
    /// interrupted deployment left. None is no error.
    public func removeConfigFile(_ path: String) async throws {
        try await onNode {
            let process = try await runtime.inspect()
            guard process.providerConfigPath != path else {
                throw Fault(.refused, "\(path) is what kube-apiserver reads; it can't be removed")
            }
            try await removeFiles(path, process)
        }
    }

    private func removeConfig(_ path: String, _ readiness: Readiness) async throws -> Deployment {
        let before = try await runtime.inspect()
        var change = Deployment.Change.none
        if before.providerConfigPath != nil || !before.isRunning {
            do {
                change = .restarted(try await runtime.apply(.remove, readiness))
            } catch let failure as RestartFailure {
                throw failure.fault(
                    doing: "start kube-apiserver without encryption", runtime.words)
            }
        }
        if try await removeFiles(path, before), change == .none { change = .fileRemoved }
        try await runtime.discardFolder(for: path)
        return Deployment(
            change: change, process: try await runtime.inspect(), configSHA256: nil)
    }

    /// - Returns: whether there was a file.
    @discardableResult
    private func removeFiles(_ path: String, _ process: APIServerProcess) async throws -> Bool {
        // What the process can't see, it can't have read.
        guard let hostPath = process.hostPath(of: path) else { return false }
        var found = false
        for path in [hostPath, try FormerFile.path(beside: hostPath)]
        where try await files.read(path) != nil {
            try await files.remove(path)
            found = true
        }
        return found
    }

    /// Names the node in every fault.
    private func onNode<Success: Sendable>(
        _ body: () async throws -> Success
    ) async throws -> Success {
        do { return try await body() } catch { throw Fault(error).on(node: name) }
    }
}
