internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOHTTP1

/// Counts the requests under way, so that a stop can wait for them.

final class Activity: Sendable {
    private let count = NIOLockedValueBox(0)
    func begin() { count.withLockedValue { $0 += 1 } }
    func end() { count.withLockedValue { $0 -= 1 } }
    var current: Int { count.withLockedValue { $0 } }
}

/// One HTTP exchange after another on a channel: an HTTP/2 stream or an HTTP/1.1 connection.
final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let router: Router
    private let activity: Activity
    private let user: User?
    private let tokens: [String: User]
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    /// kube-apiserver's limit on bodies.
    private static let maximumBody = 3 << 20

    init(router: Router, activity: Activity, user: User?, tokens: [String: User]) {
        self.router = router
        self.activity = activity
        self.user = user
        self.tokens = tokens
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var part):
            if body.readableBytes <= Self.maximumBody { body.writeBuffer(&part) }
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard body.readableBytes <= Self.maximumBody else {
            let error = APIError(
                413, "RequestEntityTooLarge",
                "Request entity too large: limit is \(Self.maximumBody)")
            return write(APIResponse(error), to: head, context)
        }
        var headers: [String: String] = [:]
        for header in head.headers { headers[header.name.lowercased()] = header.value }
        let request = APIRequest(
            method: head.method.rawValue, uri: head.uri, headers: headers,
            body: Array(body.readableBytesView),
            user: identity(headers["authorization"]))
        let promise = context.eventLoop.makePromise(of: APIResponse.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        promise.futureResult.whenSuccess { response in
            let (handler, context) = bound.value
            handler.write(response, to: head, context)
        }
        activity.begin()
        let (router, activity) = (router, activity)
        Task {
            promise.succeed(await router.respond(to: request))
            activity.end()
        }
    }

    /// A certificate that proves something counts before a token; a token that nobody has issued
    /// is worth less than none.
    private func identity(_ authorization: String?) -> User? {
        guard let authorization, user == nil || user?.isAnonymous == true else { return user }
        guard authorization.hasPrefix("Bearer ") else { return user }
        return tokens[String(authorization.dropFirst("Bearer ".count))]
    }

    private func write(
        _ response: APIResponse, to head: HTTPRequestHead, _ context: ChannelHandlerContext
    ) {
        guard context.channel.isActive else { return }
        if response.isDropped { return context.close(promise: nil) }
        var headers = HTTPHeaders([
            ("audit-id", uniqueIdentifier()), ("cache-control", "no-cache, private"),
            ("content-type", response.contentType),
        ])
        for (name, value) in response.headers { headers.add(name: name, value: value) }
        headers.add(name: "content-length", value: String(response.body.count))
        headers.add(name: "date", value: WallTime.now().httpDate)
        let stays = head.isKeepAlive || head.version.major > 1
        if !stays { headers.add(name: "connection", value: "close") }
        let answer = HTTPResponseHead(
            version: head.version, status: HTTPResponseStatus(statusCode: response.status),
            headers: headers)
        context.write(wrapOutboundOut(.head(answer)), promise: nil)
        if head.method != .HEAD, !response.body.isEmpty {
            let buffer = context.channel.allocator.buffer(bytes: response.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        }
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
        if !stays {
            let channel = context.channel
            written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
