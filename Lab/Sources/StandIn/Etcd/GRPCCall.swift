internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// A call that failed, with gRPC's status code and the server's words.
struct GRPCFailure: Error, CustomStringConvertible {
    let code: Int
    let message: String

    static let unavailableCode = 14
    static func unavailable(_ message: String) -> GRPCFailure {
        GRPCFailure(code: unavailableCode, message: message)
    }

    /// As Go's gRPC prints it.
    var description: String {
        guard !message.hasPrefix("etcdserver:") else { return message }
        let names = [4: "DeadlineExceeded", 14: "Unavailable"]
        return "rpc error: code = \(names[code] ?? "Unknown") desc = \(message)"
    }

    /// The wanted revision was compacted away (etcd's ErrCompacted).
    var isCompacted: Bool { message.hasSuffix("required revision has been compacted") }
    /// The wanted revision isn't there yet (etcd's ErrFutureRev).
    var isFutureRevision: Bool { message.hasSuffix("required revision is a future revision") }
}

/// One unary gRPC call on an HTTP/2 stream of its own: writes the request when the stream is
/// open, gathers the answer, and fulfils the promise exactly once.
final class GRPCCall: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let path: String
    private let authority: String
    private let isSecure: Bool
    private let request: [UInt8]
    private var answer: EventLoopPromise<[UInt8]>?
    private var received = ByteBuffer()
    /// etcd's own limit on requests is 1.5 MiB; lists of large objects are far larger.
    private static let maximumAnswer = 1 << 30

    init(
        path: String, authority: String, isSecure: Bool, request: [UInt8],
        answer: EventLoopPromise<[UInt8]>
    ) {
        self.path = path
        self.authority = authority
        self.isSecure = isSecure
        self.request = request
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        let headers = HPACKHeaders([
            (":method", "POST"), (":path", path), (":scheme", isSecure ? "https" : "http"),
            (":authority", authority), ("te", "trailers"), ("content-type", "application/grpc"),
        ])
        context.write(wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
        var body = context.channel.allocator.buffer(capacity: request.count + 5)
        body.writeInteger(UInt8(0))
        body.writeInteger(UInt32(request.count))
        body.writeBytes(request)
        let frame = HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(body), endStream: true))
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .data(let frame):
            guard case .byteBuffer(var bytes) = frame.data else { return }
            guard received.readableBytes + bytes.readableBytes <= Self.maximumAnswer else {
                return fail(GRPCFailure(code: 8, message: "the answer is too large"), context)
            }
            received.writeBuffer(&bytes)
        case .headers(let frame):
            if let status = frame.headers.first(name: "grpc-status") {
                finish(status: Int(status) ?? 2, frame.headers, context)
            } else if frame.endStream {
                let status = frame.headers.first(name: ":status") ?? "none"
                fail(.unavailable("HTTP status \(status) instead of a gRPC answer"), context)
            }
        case .rstStream: fail(.unavailable("the stream was reset"), context)
        default: break
        }
    }

    private func finish(status: Int, _ headers: HPACKHeaders, _ context: ChannelHandlerContext) {
        guard status == 0 else {
            let message = headers.first(name: "grpc-message") ?? ""
            return fail(GRPCFailure(code: status, message: message), context)
        }
        guard received.readInteger(as: UInt8.self) == 0,
            let length = received.readInteger(as: UInt32.self),
            let message = received.readBytes(length: Int(length))
        else { return fail(GRPCFailure(code: 13, message: "a torn gRPC answer"), context) }
        answer?.succeed(message)
        answer = nil
    }

    private func fail(_ failure: GRPCFailure, _ context: ChannelHandlerContext) {
        answer?.fail(failure)
        answer = nil
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer?.fail(GRPCFailure.unavailable("the connection was closed"))
        answer = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(.unavailable("\(error)"), context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        answer?.fail(GRPCFailure.unavailable("the connection was closed"))
        answer = nil
    }
}
