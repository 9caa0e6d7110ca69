public import Basics

/// How an `HTTPClient` connects, whom it trusts and how long it waits.
public struct HTTPClientConfiguration: Sendable {
    /// Whose certificates a server may show.
    public enum Trust: Sendable {
        /// Those that the operating system trusts.
        case system
        /// Those signed by one of these authorities and by nobody else.
        case authorities(pem: [UInt8])
        /// Anybody's: neither the certificate nor the name in it is checked.
        case insecure
    }

    /// Who we are, for servers that ask for a certificate.
    public struct Identity: Sendable {
        /// Our certificate, followed by its intermediates if it has any.
        public let certificatePEM: [UInt8]
        /// The unencrypted private key.
        public let keyPEM: SecretBytes

        public init(certificatePEM: [UInt8], keyPEM: SecretBytes) {
            self.certificatePEM = certificatePEM
            self.keyPEM = keyPEM
        }
    }

    public enum Version: Sendable {
        /// HTTP/2 over TLS where the server agrees (ALPN), HTTP/1.1 otherwise.
        case http2
        case http1
    }

    public enum Proxy: Sendable {
        /// As `HTTPS_PROXY`, `http_proxy` and `NO_PROXY` say, as Kubernetes' own clients do.
        /// Never applies to connections made by `dial`.
        case environment
        case none
    }

    /// Makes a connection in place of the network stack: joins `descriptor`, one end of a
    /// local stream connection, in blocking mode, to the host and owns it from then on. Returns at
    /// once, since it is called on the client's thread.
    ///
    /// Where the host can't be reached it first calls `failed` with the reason, which becomes the
    /// reason of the request's `Fault`, and then closes the descriptor.
    public typealias Dial =
        @Sendable (
            _ descriptor: Int32, _ host: String, _ port: Int,
            _ failed: @escaping @Sendable (Fault) -> Void
        ) -> Void

    public var trust: Trust
    public var identity: Identity?
    /// The server that connections really go to, whatever host and port the URL names; the
    /// server's certificate is still checked against the name in the URL.
    public var connectTo: (host: String, port: Int)?
    /// Where given, the client itself neither opens network connections nor looks names up. The
    /// host and port it is asked for are those of `connectTo`, or else those of the URL.
    public var dial: Dial?
    public var version: Version
    public var proxy: Proxy
    /// The value of the header `User-Agent`.
    public var userAgent: String

    /// For the connection to stand, TLS included.
    public var connectTimeout: Duration
    /// For one whole request, from when it is given a handle to the last byte of its answer.
    public var requestTimeout: Duration?
    /// How long nothing may arrive or leave while a request is under way; at least 1 s.
    public var idleTimeout: Duration?

    /// How many connections to one host there may be at a time.
    public var connectionsPerHost: Int
    /// How many requests one HTTP/2 connection carries at a time, if the server allows as many.
    public var streamsPerConnection: Int
    /// How many requests are under way at a time; the others wait for their turn, in order.
    public var requestsInFlight: Int

    public init(
        trust: Trust = .system, identity: Identity? = nil,
        connectTo: (host: String, port: Int)? = nil, dial: Dial? = nil, version: Version = .http2,
        proxy: Proxy = .environment, userAgent: String = "orchestrator",
        connectTimeout: Duration = .seconds(10), requestTimeout: Duration? = nil,
        idleTimeout: Duration? = .seconds(60), connectionsPerHost: Int = 4,
        streamsPerConnection: Int = 100, requestsInFlight: Int = 256
    ) {
        self.trust = trust
        self.identity = identity
        self.connectTo = connectTo
        self.dial = dial
        self.version = version
        self.proxy = proxy
        self.userAgent = userAgent
        self.connectTimeout = connectTimeout
        self.requestTimeout = requestTimeout
        self.idleTimeout = idleTimeout
        self.connectionsPerHost = connectionsPerHost
        self.streamsPerConnection = streamsPerConnection
        self.requestsInFlight = requestsInFlight
    }
}
