internal import Basics
internal import Synchronization

/// Any API server that answers: while a run works they are restarted one by one.
final class LeaseServers: Sendable {
    typealias Server = @Sendable () async throws -> APIServer

    private let servers: [Server]
    /// How long one server may take, connecting included, before the next is asked. Real time.
    private let attemptTimeout: Duration
    /// Which answered last.
    private let preferred = Mutex(0)

    init(_ servers: [Server], attemptTimeout: Duration) {
        self.servers = servers
        self.attemptTimeout = attemptTimeout
    }

    /// - Throws: what a server decided (`Fault.isAPIDecision`); else, when all have failed, what
    ///   kept the first from answering.
    func ask<Answer: Sendable>(
        _ question: @escaping @Sendable (APIServer) async throws -> Answer
    ) async throws -> Answer {
        var first: Fault?
        let start = preferred.withLock(\.self)
        for offset in servers.indices {
            let index = (start + offset) % servers.count
            let server = servers[index]
            do {
                let answer = try await withTimeLimit(attemptTimeout) {
                    try await question(try await server())
                }
                preferred.withLock { $0 = index }
                return answer
            } catch {
                try Task.checkCancellation()
                let fault = Fault(error)
                if fault.isAPIDecision { throw fault }
                first = first ?? fault
            }
        }
        throw first ?? Fault(.refused, "there is no control-plane node")
    }
}
