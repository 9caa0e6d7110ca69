internal import Basics
public import HTTP

extension Lab {
    /// A new client of one node's API server with the administrator's certificate, and connections
    /// of its own.
    ///
    /// - Parameter requestTimeout: for one request with its answer.
    public func administrator(
        of node: LabNode, requestTimeout: Duration
    ) throws -> APIServerClient {
        func read(_ path: String) throws -> [UInt8] { Array(try Files.read(path).utf8) }
        let identity = HTTPClientConfiguration.Identity(
            certificatePEM: try read(authority.certificatePath("kube-admin")),
            keyPEM: SecretBytes(copying: try read(authority.keyPath("kube-admin"))))
        let configuration = HTTPClientConfiguration(
            trust: .authorities(pem: try read(authority.certificatePath("kube-ca"))),
            identity: identity, proxy: .none, userAgent: "lab-client",
            requestTimeout: requestTimeout, idleTimeout: nil)
        return APIServerClient(
            node: node, http: try HTTPClient(configuration),
            base: "https://\(node.address):\(node.apiServerPort)")
    }
}

/// A client of one API server that judges nothing: every status is an answer.
public struct APIServerClient: Sendable {
    public let node: LabNode
    private let http: HTTPClient
    private let base: String

    init(node: LabNode, http: HTTPClient, base: String) {
        self.node = node
        self.http = http
        self.base = base
    }

    /// Sends a request, with a JSON body where one is given, and takes the whole answer.
    ///
    /// - Throws: a `Fault` where no whole answer came.
    public func send(
        _ method: String, _ path: String, body: [UInt8]? = nil,
        contentType: String = "application/json"
    ) async throws -> HTTPResponse {
        try await http.send(
            HTTPRequest(
                method, base + path, headers: [("Content-Type", contentType)],
                body: body.map { SecretBytes(copying: $0) }),
            limit: 64 << 20)
    }

    public func shutdown() async { await http.shutdown() }
}
