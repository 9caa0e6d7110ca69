public import Basics

/// Whom to log in as, and where.
public struct SSHTarget: Sendable, Hashable, CustomStringConvertible {
    /// A name or an IPv4 or IPv6 address, without brackets.
    public let host: String
    public let port: Int
    public let user: String

    public init(host: String, port: Int = 22, user: String) {
        self.host = host
        self.port = port
        self.user = user
    }

    /// `user@host`, with the port where it isn't 22.
    public var description: String {
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        return port == 22 ? "\(user)@\(host)" : "\(user)@\(host):\(port)"
    }
}

/// A private key as its file holds it.
public struct SSHPrivateKey: Sendable {
    /// PEM or OpenSSH's own format, encrypted or not.
    public let contents: SecretBytes
    /// Used only where the key is encrypted.
    public let passphrase: SecretBytes?
    /// The line of an `id-cert.pub` that belongs to the key.
    public let certificate: String?
    /// Where the key comes from, for messages: a path, or «ssh_key of node 10.0.0.1».
    public let origin: String

    public init(
        contents: SecretBytes, passphrase: SecretBytes? = nil, certificate: String? = nil,
        origin: String
    ) {
        self.contents = contents
        self.passphrase = passphrase
        self.certificate = certificate
        self.origin = origin
    }
}

/// One way to prove who we are; several are tried in order.
public enum SSHCredential: Sendable {
    case privateKey(SSHPrivateKey)
    /// Every key of the agent behind this UNIX socket (`$SSH_AUTH_SOCK`).
    case agent(socketPath: String)
}

/// How the server's host key is judged.
public struct SSHHostKeyPolicy: Sendable, Hashable {
    public enum UnknownHosts: Sendable, Hashable {
        case refuse
        /// Accepts a host of which no file says anything and appends its key to this file, as
        /// OpenSSH's `StrictHostKeyChecking accept-new` does. Changed keys stay refused.
        case accept(appendingTo: String)
    }

    /// Paths of known_hosts files; those that don't exist count as empty.
    public let files: [String]
    public let unknownHosts: UnknownHosts

    public init(files: [String], unknownHosts: UnknownHosts = .refuse) {
        self.files = files
        self.unknownHosts = unknownHosts
    }
}

/// Everything about a connection besides its target.
public struct SSHConfiguration: Sendable {
    public let credentials: [SSHCredential]
    public let hostKeys: SSHHostKeyPolicy
    /// For the whole way from resolving the name to being logged in.
    public let connectTimeout: Duration
    /// For the opening of one channel: the start of a command or of a relay.
    public let operationTimeout: Duration
    /// How long the server may be silent before it is asked for a sign of life, at least one
    /// second; a server silent for four such intervals is given up.
    public let keepaliveInterval: Duration
    /// Commands and command relays open at the same time; more of them wait their turn.
    /// OpenSSH's `MaxSessions` is 10 by default.
    public let concurrentSessions: Int

    public init(
        credentials: [SSHCredential], hostKeys: SSHHostKeyPolicy,
        connectTimeout: Duration = .seconds(15), operationTimeout: Duration = .seconds(15),
        keepaliveInterval: Duration = .seconds(10), concurrentSessions: Int = 10
    ) {
        self.credentials = credentials
        self.hostKeys = hostKeys
        self.connectTimeout = connectTimeout
        self.operationTimeout = operationTimeout
        self.keepaliveInterval = max(keepaliveInterval, .seconds(1))
        self.concurrentSessions = max(concurrentSessions, 1)
    }
}
