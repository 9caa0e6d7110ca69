public import APIServerSpec
public import Basics

/// A kube-apiserver as it runs on a node now.
public struct APIServerProcess: Sendable {
    /// Which one it is; another one after it was made anew (Docker: the container's id).
    public let identity: String
    public let isRunning: Bool
    /// When it was started last, by the node's clock; nil if it never was.
    public let startedAt: Timestamp?
    /// The image as it was named, for messages.
    public let image: String
    public let mounts: [HostMount]
    /// An earlier run was interrupted while it replaced this server; `settle` puts that right.
    public let isUnsettled: Bool
    /// Where the provider config goes while no argument names another place, as the process would
    /// see it.
    public let usualConfigPath: String
    let commandLine: ServerArguments

    /// The words of its command line, the program included.
    public var arguments: [String] { commandLine.words }
    /// The provider config's path as the process sees it; nil without `--encryption-provider-config`.
    public var providerConfigPath: String? { commandLine.providerConfigPath }
    /// Where the provider config is, or would be.
    public var configPath: String { providerConfigPath ?? usualConfigPath }
    /// Whether it loads a changed provider config by itself (1.26 and later).
    public var hasAutomaticReload: Bool { commandLine.hasAutomaticReload }

    public var etcdServers: [String] { commandLine.values(of: "etcd-servers") }
    /// What is kept in another etcd, by resource and group: `events`, `leases.coordination.k8s.io`.
    /// The argument has entries such as `/events#https://…;https://…`.
    public var keptElsewhere: Set<String> {
        let names = commandLine.values(of: "etcd-servers-overrides").compactMap { entry in
            entry.split(separator: "#").first?.split(
                separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        }
        return Set(
            names.filter { $0.count == 2 }.map { $0[0].isEmpty ? "\($0[1])" : "\($0[1]).\($0[0])" })
    }
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
        image: String, mounts: [HostMount], isUnsettled: Bool = false, usualConfigPath: String
    ) {
        self.identity = identity
        self.commandLine = ServerArguments(arguments)
        self.isRunning = isRunning
        self.startedAt = startedAt
        self.image = image
        self.mounts = mounts
        self.isUnsettled = isUnsettled
        self.usualConfigPath = usualConfigPath
    }

    /// The host's path of what the process sees under `path`; nil where it is not on the host, and
    /// a file put on the host would never be seen.
    public func hostPath(of path: String) -> String? { mounts.hostPath(of: path) }
}
