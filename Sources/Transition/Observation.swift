public import EncryptionModel

/// What one control-plane node and its API server were seen to have.
public struct NodeObservation: Sendable, Hashable {
    /// What the running server has loaded, as far as that could be seen.
    public enum Running: Sendable, Hashable {
        /// It runs without the argument.
        case unconfigured
        /// It runs with exactly this provider config.
        case config(ProviderConfig)
        /// The file says this, but the server was started before the file was written.
        case notLoaded(ProviderConfig)
        /// Its argument names this path, where there is no file any more; it still runs with what
        /// it read when it was started, if it runs.
        case fileMissing(path: String)
        /// It runs with an argument, but with which config can't be told; says why.
        case unclear(String)
    }

    /// Whether a changed provider config takes effect without a restart.
    public enum Reloading: Sendable, Hashable {
        /// Only a restart loads it, or only a restart can be seen to have loaded it.
        case unavailable
        /// The server will reload once it has been restarted with the argument that a rollout
        /// adds.
        case offered
        /// It loads a changed provider config by itself and tells that it did.
        case available
    }

    public let node: String
    public let running: Running
    /// The server runs without the argument, and a provider config lies there nevertheless.
    public let hasAbandonedFile: Bool
    /// An interrupted rollout left a copy of what was there before, which the next one removes.
    public let hasLeftovers: Bool
    /// Its `/readyz` says so.
    public let isReady: Bool
    public let reloading: Reloading

    public init(
        node: String, running: Running, hasAbandonedFile: Bool = false, hasLeftovers: Bool = false,
        isReady: Bool, reloading: Reloading = .unavailable
    ) {
        self.node = node
        self.running = running
        self.hasAbandonedFile = hasAbandonedFile
        self.hasLeftovers = hasLeftovers
        self.isReady = isReady
        self.reloading = reloading
    }

    /// Whether the server is known to have loaded exactly this; nil is no argument.
    public func runs(with config: ProviderConfig?) -> Bool {
        switch (running, config) {
        case (.unconfigured, nil): true
        case (.config(let running), let config?): running == config
        default: false
        }
    }

    /// Whether the node is seen to be at the stage, with nothing left to do there.
    public func isAt(_ stage: Stage) -> Bool {
        isReady && runs(with: stage.config) && !hasAbandonedFile && !hasLeftovers
    }

    /// Whether a file is all that brings the server to the stage: it is ready, runs with the
    /// argument, has a file there, and loads a new one by itself.
    ///
    /// Where an interrupted rollout left its copy of the former file, whoever pushes the next one
    /// first waits for the one that is there, and takes the copy away in the end. An abandoned file
    /// is one of a server without the argument, which reloads nothing.
    func canReload(to stage: Stage) -> Bool {
        guard isReady, reloading == .available, stage.config != nil, !hasAbandonedFile,
            !runs(with: stage.config)
        else { return false }
        switch running {
        case .config, .notLoaded: return true
        case .unconfigured, .fileMissing, .unclear: return false
        }
    }
}

/// What the state file says that the API servers run with, outside of any operation.
public enum RecordedConfig: Sendable, Hashable {
    /// Nobody wrote it down: a new state file, or one that was lost.
    case unknown
    /// Nil is no argument and no file.
    case known(ProviderConfig?)
}

/// What etcd holds, as far as it was looked at before anything is begun.
public enum StoredValues: Sendable, Hashable {
    case notInspected
    /// All that is stored of the resources which these patterns name.
    case seen(Evidence, of: [ResourcePattern])
    /// etcd can't be asked, by the administrator's word, and the API doesn't tell.
    case hidden
}

/// Everything that was seen before deciding.
public struct Observation: Sendable, Hashable {
    /// Every control-plane node; none may be missing.
    public let nodes: [NodeObservation]
    public let stored: StoredValues
    /// Never believed against what is seen; but where nodes differ, it tells which of them drifted.
    public let recorded: RecordedConfig

    public init(
        nodes: [NodeObservation], stored: StoredValues = .notInspected,
        recorded: RecordedConfig = .unknown
    ) {
        self.nodes = nodes
        self.stored = stored
        self.recorded = recorded
    }
}
