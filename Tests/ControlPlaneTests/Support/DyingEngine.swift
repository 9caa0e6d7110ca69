import Basics
import HTTP
import Synchronization

/// The way to an Engine that breaks for good at a chosen request that changes something, as when
/// the program is killed there.
final class DyingEngine: HTTPExchanger {
    private let engine: any HTTPExchanger
    /// How many changing requests are answered. The next one still reaches the Engine.
    private let lifetime: Int
    private let changes = Mutex(0)

    init(_ engine: any HTTPExchanger, lifetime: Int) {
        self.engine = engine
        self.lifetime = lifetime
    }

    var isDead: Bool { changes.withLock { $0 > lifetime } }
    var traffic: HTTPTraffic { engine.traffic }

    func send(_ request: HTTPRequest, limit: Int) async throws -> HTTPResponse {
        let isChange = !["GET", "HEAD"].contains(request.method)
        let (wasDead, dies) = changes.withLock { changes in
            let wasDead = changes > lifetime
            if isChange { changes += 1 }
            return (wasDead, changes > lifetime)
        }
        if wasDead { throw Fault(.unreachable, "the program is dead") }
        if dies {
            _ = try await engine.send(request, limit: limit)
            throw Fault(.unreachable, "the program died here")
        }
        return try await engine.send(request, limit: limit)
    }

    func stream(
        _ request: HTTPRequest, consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws -> HTTPHead {
        throw Fault(.failed, "nothing is streamed from an Engine")
    }
}
