public import Basics

public struct HTTPRequest: Sendable {
    public let method: String
    /// Absolute: `https://host:port/path?query`, already percent-encoded.
    public let url: String
    public let headers: [(name: String, value: String)]
    /// Sent with `Content-Length`; may hold secrets, so it isn't printed.
    public let body: SecretBytes?
    /// Whether the server may compress the answer's body (gzip), which is handed over as it was
    /// before. For what is long and repeats itself: it costs the server time.
    public let mayBeCompressed: Bool

    public init(
        _ method: String, _ url: String, headers: [(name: String, value: String)] = [],
        body: SecretBytes? = nil, mayBeCompressed: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.mayBeCompressed = mayBeCompressed
    }
}

/// The status line and the headers of an answer.
public struct HTTPHead: Sendable {
    public let status: Int
    /// Names in lower case, in the order received.
    public let headers: [(name: String, value: String)]

    public init(status: Int, headers: [(name: String, value: String)]) {
        self.status = status
        self.headers = headers
    }

    /// The first value of the header with that name, told without regard to case.
    public subscript(name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name == name }?.value
    }
}

public struct HTTPResponse: Sendable {
    public let head: HTTPHead
    public let body: [UInt8]

    public var status: Int { head.status }

    public init(head: HTTPHead, body: [UInt8]) {
        self.head = head
        self.body = body
    }
}

/// Bytes on the wire since the client was made, headers included, TLS excluded.
public struct HTTPTraffic: Sendable, Hashable {
    public var sent: Int
    public var received: Int

    public init(sent: Int = 0, received: Int = 0) {
        self.sent = sent
        self.received = received
    }
}

/// What the floors above need of an HTTP client; their tests bring doubles of it.
public protocol HTTPExchanger: Sendable {
    /// Sends the request and collects the whole answer, whatever its status.
    ///
    /// - Parameter limit: the greatest body accepted, in bytes; a longer one is a `Fault`.
    func send(_ request: HTTPRequest, limit: Int) async throws -> HTTPResponse

    /// Sends the request and hands over the body piece by piece as it comes, which bounds memory.
    ///
    /// `consume` runs on the client's thread, so it must not block; what it throws ends the
    /// transfer and is thrown here.
    func stream(
        _ request: HTTPRequest, consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws -> HTTPHead

    var traffic: HTTPTraffic { get }

    /// How long the way to the server and back takes: the least that a TCP handshake took so far.
    /// Nil where it isn't known; of a connection through another one, only the way to that.
    var roundTrip: Duration? { get }

    /// Where tasks that do little but send requests here run best, if anywhere: on the client's own
    /// thread. Whatever blocks there holds up all requests, so nothing may.
    var executor: (any TaskExecutor)? { get }
}

extension HTTPExchanger {
    public var roundTrip: Duration? { nil }

    public var executor: (any TaskExecutor)? { nil }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await send(request, limit: 64 << 20)
    }
}
