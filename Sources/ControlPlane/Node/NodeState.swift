public import APIServerSpec
public import Basics
internal import Crypto

/// What was seen on a node, with nothing changed.
public struct NodeState: Sendable {
    public let process: APIServerProcess
    /// The provider config that the server is told to read; without the argument, the file at the
    /// place that was asked about. Nil when there is no file.
    public let configFile: ConfigFile?
    /// A copy of a former provider config lies beside its place, which an interrupted deployment
    /// left there. The next deployment removes it.
    public let hasLeftovers: Bool

    /// Whether the running server has loaded exactly this file, as far as that can be known.
    ///
    /// - Parameter said: what it says itself.
    public func isConfigLoaded(_ said: LoadedConfig = LoadedConfig()) -> Bool {
        configFile.map { process.hasLoaded($0, saying: said) } ?? false
    }
}

/// A provider config as it lies on a node.
public struct ConfigFile: Sendable, Hashable {
    /// As the process sees it.
    public let path: String
    public let contents: SecretBytes
    /// Of the contents, in lower-case hexadecimal; what kube-apiserver 1.34 and later reports.
    public let sha256: String
    public let permissions: FilePermissions
    /// By the node's clock.
    public let modified: Timestamp

    init(path: String, file: NodeFile) {
        self.path = path
        contents = file.contents
        sha256 = SHA256.digest(file.contents).hex
        permissions = file.permissions
        modified = file.modified
    }

    /// What a file has that takes the place of `current`. Owner and group stay, and the group may go
    /// on reading, since a server that isn't root may depend on it; others may not.
    static func permissions(over current: NodeFile?) -> FilePermissions {
        guard let former = current?.permissions else { return .rootOnly }
        let groupMode = former.group == 0 ? 0 : former.mode & 0o040
        return FilePermissions(mode: 0o600 | groupMode, user: former.user, group: former.group)
    }
}

/// What a node shall have.
public enum DesiredConfig: Sendable, Hashable {
    /// This provider config at this path, as the process sees it, and an argument that names it.
    ///
    /// - Parameters:
    ///   - flag: the name of an argument that is new; one that is there keeps its own.
    ///   - reload: whether a new argument comes with that for automatic reload.
    case present(
        SecretBytes, path: String, flag: ProviderConfigFlag = .current, reload: Bool = false)
    /// No argument, and no file at this path.
    case absent(path: String)
}

/// What a deployment did.
public struct Deployment: Sendable {
    public enum Change: Sendable, Hashable {
        /// All was right already; nothing was touched.
        case none
        /// Only a file that no server reads was removed.
        case fileRemoved
        /// The running server loaded it by itself.
        case reloaded
        case restarted(Restart)
    }

    public let change: Change
    /// The server afterwards; seen to be ready where it was restarted.
    public let process: APIServerProcess
    /// The SHA-256 of the provider config it was started with; nil for none.
    public let configSHA256: String?
}
