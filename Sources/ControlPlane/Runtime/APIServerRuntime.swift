public import APIServerSpec
public import Basics

/// How kube-apiserver is run on a node: what of it depends on Docker, the kubelet or systemd.
public protocol APIServerRuntime: Sendable {
    var words: RuntimeWords { get }

    /// Looks and changes nothing.
    ///
    /// - Throws: `Fault(.notFound)` when this runtime runs no kube-apiserver here.
    func inspect() async throws -> APIServerProcess

    /// Puts right what an interrupted run left half done: ends with one server, either as it was
    /// before the change or, if the changed one is running and ready, as it was to become.
    /// With nothing to put right it touches nothing.
    func settle(_ readiness: Readiness) async throws

    /// Starts kube-apiserver anew, with the argument changed as told, and waits until it's ready.
    ///
    /// When it doesn't get ready in time or keeps ending, the server is put back as it was before
    /// (where only a restart was asked for, there is nothing to put back but the caller's file) and
    /// a `RestartFailure` thrown, which tells how that went. Runs to its end even when the calling
    /// task is cancelled, since the middle is no state to leave a control plane in.
    func apply(
        _ argument: ProviderConfigArgument, _ readiness: Readiness
    ) async throws -> Restart

    /// Stops kube-apiserver, which stays so until `apply` or `settle`, or until the node or Docker
    /// is started anew.
    func stop() async throws

    /// Makes the folder that `apply` would mount for a provider config at the path, where none is
    /// mounted that would do.
    func prepareFolder(for path: String) async throws

    /// Removes the folder that was made so, where nothing is in it any more.
    func discardFolder(for path: String) async throws

    /// Reads a file as the process would see it when started now; nil when there is none.
    func read(_ path: String, limit: Int) async throws -> NodeFile?

    /// What a path is to the process, links followed.
    func kind(of path: String) async throws -> PathKind
}

/// What becomes of `--encryption-provider-config`.
public enum ProviderConfigArgument: Sendable, Hashable {
    /// The path as the process sees it; the flag's name where there was none.
    ///
    /// - Parameter reload: whether automatic reload is asked for, where nothing is said about it.
    case set(path: String, flag: ProviderConfigFlag = .current, reload: Bool = false)
    case remove
    /// As it is; only a restart.
    case keep
}

/// How to tell that a server serves.
public struct Readiness: Sendable {
    /// How long a server may take from its start until it's ready.
    public let timeout: Duration
    /// How long it may go on answering what no waiting mends: a certificate that isn't trusted, or
    /// that it doesn't know us.
    public let refusalTimeout: Duration
    /// How long to wait between two looks.
    public let interval: Duration
    /// Asks this node's server once, by `/readyz`; false for anything but a yes. What it throws
    /// counts as a no, with the reason told when time is up.
    public let isReady: @Sendable () async throws -> Bool
    /// What the server itself says of the provider config that it has loaded.
    public let loaded: @Sendable () async throws -> LoadedConfig

    public init(
        timeout: Duration = .seconds(180), refusalTimeout: Duration = .seconds(20),
        interval: Duration = .milliseconds(250),
        loaded: @escaping @Sendable () async throws -> LoadedConfig = { LoadedConfig() },
        isReady: @escaping @Sendable () async throws -> Bool
    ) {
        self.timeout = timeout
        self.refusalTimeout = refusalTimeout
        self.interval = interval
        self.loaded = loaded
        self.isReady = isReady
    }
}

/// A server started anew, and ready.
public struct Restart: Sendable, Hashable {
    /// See `APIServerProcess.identity`.
    public let identity: String
    /// By the node's clock.
    public let startedAt: Timestamp
    /// From the moment the former server was told to stop until the new one was ready.
    public let outage: Duration

    public init(identity: String, startedAt: Timestamp, outage: Duration) {
        self.identity = identity
        self.startedAt = startedAt
        self.outage = outage
    }
}

/// Why a server wasn't started anew as told, or not wholly so.
public struct RestartFailure: Error, Sendable {
    public enum Aftermath: Sendable {
        /// The former server was put back and is ready.
        case formerServes
        /// The former server was not replaced; it has to be restarted once its file is put back.
        case awaitsFormerFile
        /// What was there before was put back, but the server isn't ready with it; and why.
        case formerIsDown(Fault)
        /// The former server couldn't be put back, or nobody knows whether it was; and why. The
        /// changed one may be running, now or later.
        case formerNotRestored(Fault)
        /// The changed server is ready. Only the former one couldn't be put away.
        case changedServes

        /// Whether no server runs, or will run, with what the caller wrote for it.
        var allowsFormerFile: Bool {
            switch self {
            case .formerServes, .awaitsFormerFile, .formerIsDown: true
            case .formerNotRestored, .changedServes: false
            }
        }
    }

    /// What happened, with the log line that tells why, keys taken out.
    public let reason: String
    public let aftermath: Aftermath
}

extension RestartFailure {
    /// The failure for a person, with what state the node is in now.
    ///
    /// - Parameter activity: what was being done, as in `deploy the provider config`.
    func fault(doing activity: String, _ words: RuntimeWords) -> Fault {
        switch aftermath {
        case .formerServes:
            Fault(
                .failed,
                "can't \(activity): \(reason); the former server is back and serves",
                hint: "Nothing has changed. Remove the cause, then run the same command again.")
        case .awaitsFormerFile:
            Fault(.failed, "can't \(activity): \(reason)")
        case .formerIsDown(let fault):
            Fault(
                .failed,
                "can't \(activity): \(reason); what was there before was put back, but the server "
                    + "isn't serving with it: \(fault.message)",
                hint: "Look at its log (\(words.log)) and run the same command again.",
                cause: fault)
        case .formerNotRestored(let fault):
            Fault(
                .failed,
                "can't \(activity): \(reason); and the former server could not be put back: "
                    + fault.message,
                hint: words.stuck, cause: fault)
        case .changedServes:
            Fault(
                .failed,
                "can't \(activity) to the end: the changed server is ready and serves, but the "
                    + "former one could not be put away: \(reason)",
                hint: words.stuck)
        }
    }
}
