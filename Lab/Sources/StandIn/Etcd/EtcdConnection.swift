internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOHTTP2
internal import NIOPosix
internal import NIOSSL

/// Where one etcd member listens.
struct EtcdEndpoint: Sendable {
    let host: String
    let port: Int
    let isSecure: Bool

    /// Reads `https://host:port`, `http://[::1]:2379`; nil for anything else.
    init?(_ url: String) {
        let isSecure = url.hasPrefix("https://")
        guard isSecure || url.hasPrefix("http://") else { return nil }
        var rest = url.dropFirst(isSecure ? 8 : 7)
        if rest.hasSuffix("/") { rest.removeLast() }
        let colon = rest.lastIndex(of: ":").flatMap { rest[$0...].contains("]") ? nil : $0 }
        guard let port = colon.map({ Int(rest[rest.index(after: $0)...]) }) ?? 2379 else {
            return nil
        }
        let name = rest[..<(colon ?? rest.endIndex)].filter { $0 != "[" && $0 != "]" }
        guard !name.isEmpty else { return nil }
        self.host = String(name)
        self.port = port
        self.isSecure = isSecure
    }

    /// An address has no server name in TLS (RFC 6066, section 3).
    var serverName: String? {
        (try? SocketAddress(ipAddress: host, port: port)) == nil ? host : nil
    }
}

/// One HTTP/2 connection to etcd.
final class EtcdConnection: Sendable {
    private let channel: any Channel
    private let streams: NIOHTTP2Handler.StreamMultiplexer
    private let endpoint: EtcdEndpoint
    private static let callTimeout = TimeAmount.seconds(30)
    private static let window = 4 << 20

    private init(
        channel: any Channel, streams: NIOHTTP2Handler.StreamMultiplexer, endpoint: EtcdEndpoint
    ) {
        self.channel = channel
        self.streams = streams
        self.endpoint = endpoint
    }

    var isActive: Bool { channel.isActive }

    func close() { channel.close(promise: nil) }

    static func open(
        to endpoint: EtcdEndpoint, tls: NIOSSLContext?, group: MultiThreadedEventLoopGroup
    ) -> EventLoopFuture<EtcdConnection> {
        let ready = group.next().makePromise(of: EtcdConnection.self)
        ClientBootstrap(group: ready.futureResult.eventLoop)
            .connectTimeout(.seconds(3))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if endpoint.isSecure, let tls {
                        let handler = try NIOSSLClientHandler(
                            context: tls, serverHostname: endpoint.serverName)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    let streams = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
                        mode: .client, connectionConfiguration: connectionConfiguration,
                        streamConfiguration: streamConfiguration
                    ) { $0.close() }
                    let connection = EtcdConnection(
                        channel: channel, streams: streams, endpoint: endpoint)
                    try channel.pipeline.syncOperations.addHandler(
                        FirstSettings(ready: ready, connection: connection))
                }
            }
            .connect(host: endpoint.host, port: endpoint.port)
            .whenFailure { ready.fail($0) }
        return ready.futureResult
    }

    private static var connectionConfiguration: NIOHTTP2Handler.ConnectionConfiguration {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [
            HTTP2Setting(parameter: .enablePush, value: 0),
            HTTP2Setting(parameter: .initialWindowSize, value: window),
            HTTP2Setting(parameter: .maxHeaderListSize, value: 16 << 10),
        ]
        configuration.targetWindowSize = window
        configuration.openGuards()
        return configuration
    }

    private static var streamConfiguration: NIOHTTP2Handler.StreamConfiguration {
        var configuration = NIOHTTP2Handler.StreamConfiguration()
        configuration.targetWindowSize = window
        configuration.openGuards()
        return configuration
    }

    func call(_ path: String, _ body: [UInt8]) async throws -> [UInt8] {
        let answer = channel.eventLoop.makePromise(of: [UInt8].self)
        let stream = channel.eventLoop.makePromise(of: (any Channel).self)
        let endpoint = endpoint
        streams.createStreamChannel(promise: stream) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(
                    GRPCCall(
                        path: path, authority: "\(endpoint.host):\(endpoint.port)",
                        isSecure: endpoint.isSecure, request: body, answer: answer))
            }
        }
        stream.futureResult.whenFailure {
            answer.fail(GRPCFailure.unavailable("\($0)"))
        }
        let timeout = channel.eventLoop.scheduleTask(in: Self.callTimeout) {
            answer.fail(GRPCFailure(code: 4, message: "context deadline exceeded"))
        }
        defer { timeout.cancel() }
        return try await answer.futureResult.get()
    }
}

/// Tells when the other side has spoken HTTP/2, which also means that TLS is done.
private final class FirstSettings: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    private var ready: EventLoopPromise<EtcdConnection>?
    private let connection: EtcdConnection

    init(ready: EventLoopPromise<EtcdConnection>, connection: EtcdConnection) {
        self.ready = ready
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .settings = unwrapInboundIn(data).payload {
            ready?.succeed(connection)
            ready = nil
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        ready?.fail(error)
        ready = nil
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        ready?.fail(ChannelError.eof)
        ready = nil
        context.fireChannelInactive()
    }
}
