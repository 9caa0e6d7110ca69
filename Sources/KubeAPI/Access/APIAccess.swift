public import Basics
public import HTTP

/// How a cluster's API is reached and who we are to it, as a kubeconfig tells.
public struct APIAccess: Sendable {
    /// The bearer token of a request, if we have one.
    public enum Token: Sendable {
        case fixed(SecretBytes)
        /// Read anew for every server, since whatever wrote the file may renew the token.
        case file(String)
    }

    /// Where the kubeconfig says that the API is.
    public let host: String
    public let port: Int
    /// What stands before `/api`, for clusters behind a proxy; empty or beginning with `/`.
    public let pathPrefix: String
    /// The name that every server's certificate must have; nil is `host`.
    public let serverName: String?
    public let trust: HTTPClientConfiguration.Trust
    /// Our client certificate.
    public let identity: HTTPClientConfiguration.Identity?
    public let token: Token?

    public init(
        host: String, port: Int, pathPrefix: String = "", serverName: String? = nil,
        trust: HTTPClientConfiguration.Trust, identity: HTTPClientConfiguration.Identity? = nil,
        token: Token? = nil
    ) {
        self.host = host
        self.port = port
        self.pathPrefix = pathPrefix
        self.serverName = serverName
        self.trust = trust
        self.identity = identity
        self.token = token
    }

    /// Whether anybody on the way could pose as the API server. The caller warns.
    public var isInsecure: Bool {
        if case .insecure = trust { true } else { false }
    }

    /// What requests name, without a slash at the end.
    ///
    /// It holds the name that the certificate is checked against, so a connection to one
    /// particular server needs `connectTo` besides.
    public var baseURL: String {
        let name = serverName ?? host
        let bracketed = name.contains(":") ? "[\(name)]" : name
        return "https://\(bracketed):\(port)\(pathPrefix)"
    }

    /// A client's configuration with which it reaches the API by this access.
    ///
    /// - Parameters:
    ///   - address: the server's own address; nil for the one in the kubeconfig, which may be a
    ///     load balancer's.
    ///   - dial: makes the connections, where they go through an SSH connection.
    public func configuration(
        connectingTo address: (host: String, port: Int)? = nil,
        dial: HTTPClientConfiguration.Dial? = nil
    ) -> HTTPClientConfiguration {
        var configuration = HTTPClientConfiguration(trust: trust, identity: identity)
        configuration.connectTo = address ?? (host, port)
        configuration.dial = dial
        return configuration
    }
}
