internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTP2
internal import NIOPosix
internal import NIOSSL

/// Serves HTTP/2 and HTTP/1.1 over TLS with optional client certificates.
final class HTTPServer: Sendable {
    private let router: Router
    private let activity = Activity()
    private let authority: ClientAuthority?
    private let tokens: [String: User]
    private let letsAnonymousIn: Bool
    private let tls: NIOSSLContext
    private let listener = NIOLockedValueBox<(any Channel)?>(nil)

    init(
        router: Router, tls: NIOSSLContext, authority: ClientAuthority?,
        tokens: [String: User], letsAnonymousIn: Bool
    ) {
        self.router = router
        self.tls = tls
        self.authority = authority
        self.tokens = tokens
        self.letsAnonymousIn = letsAnonymousIn
    }

    /// TLS as kube-apiserver has it: 1.2 and up, both protocols offered.
    static func tls(certificate: String, key: String) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map {
                .certificate($0)
            },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["h2", "http/1.1"]
        configuration.certificateVerification = .optionalVerification
        return try NIOSSLContext(configuration: configuration)
    }

    func listen(host: String, port: Int, group: MultiThreadedEventLoopGroup) async throws {
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.configure(channel) }
            }
            .bind(host: host, port: port).get()
        listener.withLockedValue { $0 = channel }
    }

    private func configure(_ channel: any Channel) throws {
        // The handshake takes every certificate; who it belongs to is decided afterwards.
        let handler = NIOSSLServerHandler(
            context: tls,
            customVerificationCallback: { _, promise in
                promise.succeed(.certificateVerified)
            })
        try channel.pipeline.syncOperations.addHandler(handler)
        _ = channel.configureHTTP2SecureUpgrade(
            h2ChannelConfigurator: { channel in
                channel.eventLoop.makeCompletedFuture { try self.configureHTTP2(channel) }
            },
            http1ChannelConfigurator: { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try self.addHandler(to: channel, user: self.user(of: channel))
                }
            })
    }

    private func configureHTTP2(_ channel: any Channel) throws {
        let user = user(of: channel)
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: 100),
            HTTP2Setting(parameter: .initialWindowSize, value: 256 << 10),
            HTTP2Setting(parameter: .maxHeaderListSize, value: 1 << 20),
        ]
        connection.targetWindowSize = 1 << 20
        connection.openGuards()
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = 256 << 10
        stream.openGuards()
        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
            mode: .server, connectionConfiguration: connection, streamConfiguration: stream
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(
                    HTTP2FramePayloadToHTTP1ServerCodec())
                try self.addHandler(to: stream, user: user)
            }
        }
    }

    private func addHandler(to channel: any Channel, user: User?) throws {
        try channel.pipeline.syncOperations.addHandler(
            RequestHandler(router: router, activity: activity, user: user, tokens: tokens))
    }

    /// Nil for a client that proved nothing and isn't let in without.
    private func user(of channel: any Channel) -> User? {
        let anonymous = letsAnonymousIn ? User.anonymous : nil
        let pipeline = channel.pipeline.syncOperations
        guard let handler = try? pipeline.handler(type: NIOSSLServerHandler.self),
            let certificate = handler.peerCertificate
        else { return anonymous }
        guard let authority else { return anonymous }
        guard let der = try? certificate.toDERBytes() else { return nil }
        return authority.user(der: der)
    }

    /// Takes no more connections and waits for what is under way, at most a second.
    func stop() async {
        let channel = listener.withLockedValue { channel in
            defer { channel = nil }
            return channel
        }
        try? await channel?.close().get()
        for _ in 0..<100 where activity.current > 0 {
            try? await Task.sleep(for: .milliseconds(10))
        }
    }
}
