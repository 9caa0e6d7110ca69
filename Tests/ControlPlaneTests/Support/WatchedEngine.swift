import Basics
import HTTP
import JSON
import Synchronization

@testable import ControlPlane

/// The way to an Engine that looks at everything anybody could see after each request that changes
/// something: all containers' inspections and logs, and the machine's processes.
final class WatchedEngine: HTTPExchanger {
    private let engine: any HTTPExchanger
    private let text = Mutex("")

    init(_ engine: any HTTPExchanger) { self.engine = engine }

    var seen: String { text.withLock { $0 } }
    var traffic: HTTPTraffic { engine.traffic }

    func send(_ request: HTTPRequest, limit: Int) async throws -> HTTPResponse {
        let response = try await engine.send(request, limit: limit)
        if !["GET", "HEAD"].contains(request.method) { try await look() }
        return response
    }

    func stream(
        _ request: HTTPRequest, consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws -> HTTPHead {
        throw Fault(.failed, "nothing is streamed from an Engine")
    }

    private func look() async throws {
        let list = try JSONValue(parsing: try await get("/containers/json?all=1"))
        var found = (try await LocalShell().run("ps axww")).output.exposedText() ?? ""
        for id in list.elements.compactMap({ $0["Id"]?.text }) {
            for path in ["json", "logs?stdout=1&stderr=1"] {
                found += String(decoding: try await get("/containers/\(id)/\(path)"), as: UTF8.self)
            }
        }
        text.withLock { $0 += found }
    }

    private func get(_ path: String) async throws -> [UInt8] {
        try await engine.send(HTTPRequest("GET", "http://docker\(path)"), limit: 4 << 20).body
    }
}
