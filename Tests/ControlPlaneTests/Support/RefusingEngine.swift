import Basics
import HTTP

/// The way to an Engine that answers requests whose method and address contain a text with a
/// conflict, and passes on all others.
struct RefusingEngine: HTTPExchanger {
    let engine: any HTTPExchanger
    /// As in `POST` or `/rename?name=x`.
    let refused: String

    var traffic: HTTPTraffic { engine.traffic }

    func send(_ request: HTTPRequest, limit: Int) async throws -> HTTPResponse {
        guard "\(request.method) \(request.url)".contains(refused) else {
            return try await engine.send(request, limit: limit)
        }
        return HTTPResponse(
            head: HTTPHead(status: 409, headers: []), body: Array(#"{"message": "in use"}"#.utf8))
    }

    func stream(
        _ request: HTTPRequest, consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws -> HTTPHead {
        throw Fault(.failed, "nothing is streamed from an Engine")
    }
}
