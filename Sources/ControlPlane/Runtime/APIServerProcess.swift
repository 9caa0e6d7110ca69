public import Basics

/// A kube-apiserver as it runs on a node now.
public struct APIServerProcess: Sendable {
    /// A folder or file of the host as the process sees it.
    public struct Mount: Sendable, Hashable {
        public let hostPath: String
        public let processPath: String

        public init(hostPath: String, processPath: String) {
            self.hostPath = hostPath
            self.processPath = processPath
        }
    }

    /// Which one it is; another one after it was made anew (Docker: the container's id).
    public let identity: String
    public let isRunning: Bool
    /// When it was started last, by the node's clock; nil if it never was.
    public let startedAt: Timestamp?
    /// The image as it was named, for messages.
    public let image: String
    public let mounts: [Mount]
    /// An earlier run was interrupted while it replaced this server; `settle` puts that right.
    public let isUnsettled: Bool
    let commandLine: ServerArguments

    /// The words of its command line, the program included.
    public var arguments: [String] { commandLine.words }
    /// The provider config's path as the process sees it; nil without `--encryption-provider-config`.
    public var providerConfigPath: String? { commandLine.providerConfigPath }
    /// Whether it loads a changed provider config by itself (1.26 and later).
    public var hasAutomaticReload: Bool { commandLine.hasAutomaticReload }

    public var etcdServers: [String] { commandLine.values(of: "etcd-servers") }
    public var etcdCAFile: String? { commandLine.value(of: "etcd-cafile") }
    public var etcdCertificateFile: String? { commandLine.value(of: "etcd-certfile") }
    public var etcdKeyFile: String? { commandLine.value(of: "etcd-keyfile") }
    /// Without the argument, kube-apiserver's own default.
    public var etcdPrefix: String { commandLine.value(of: "etcd-prefix") ?? "/registry" }
    /// Without the argument, kube-apiserver's own default.
    public var securePort: Int { commandLine.value(of: "secure-port").flatMap { Int($0) } ?? 6443 }
    public var bindAddress: String? { commandLine.value(of: "bind-address") }
    public var advertiseAddress: String? { commandLine.value(of: "advertise-address") }

    /// Any other argument's last value.
    public func argument(_ flag: String) -> String? { commandLine.value(of: flag) }

    public init(
        identity: String, arguments: [String], isRunning: Bool, startedAt: Timestamp?,
        image: String, mounts: [Mount], isUnsettled: Bool = false
    ) {
        self.identity = identity
        self.commandLine = ServerArguments(arguments)
        self.isRunning = isRunning
        self.startedAt = startedAt
        self.image = image
        self.mounts = mounts
        self.isUnsettled = isUnsettled
    }

    /// The host's path of what the process sees under `path`; nil where it is not on the host, and
    /// a file put on the host would never be seen.
    public func hostPath(of path: String) -> String? {
        let covering = mounts.filter { Self.isPrefix($0.processPath, of: path) }
        guard let mount = covering.max(by: { $0.processPath.count < $1.processPath.count }) else {
            return nil
        }
        return Self.join(mount.hostPath, path, after: mount.processPath)
    }

    /// The other way round: where the process sees the host's `path`.
    public func processPath(of path: String) -> String? {
        let candidates = mounts.filter { Self.isPrefix($0.hostPath, of: path) }
            .sorted { $0.hostPath.count > $1.hostPath.count }
            .map { Self.join($0.processPath, path, after: $0.hostPath) }
        // A deeper mount may hide what a shallower one would show.
        return candidates.first { hostPath(of: $0) == path }
    }

    private static func isPrefix(_ folder: String, of path: String) -> Bool {
        path == folder || path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
    }

    private static func join(_ base: String, _ path: String, after folder: String) -> String {
        let rest = path.dropFirst(folder.count).drop { $0 == "/" }
        if rest.isEmpty { return base }
        return base.hasSuffix("/") ? base + rest : "\(base)/\(rest)"
    }
}
