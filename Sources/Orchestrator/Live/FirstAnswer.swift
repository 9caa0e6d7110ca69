internal import Basics
internal import KubeAPI

/// One of several API servers that may be asked.
struct ServerToAsk: Sendable {
    let node: String
    /// Gives it, when it can be reached.
    let server: @Sendable () async throws -> APIServer

    /// - Throws: a `Fault` on the node.
    func answer<Answer: Sendable>(
        _ ask: @Sendable (APIServer) async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await ask(try await server())
        } catch {
            try Task.checkCancellation()
            throw Fault(error).on(node: node)
        }
    }
}

/// The answer of the first API server that gives one. What a server has decided
/// (`Fault.isAPIDecision`) is an answer, too, and thrown at once: behind another server's failure
/// nobody would see that somebody else wrote the object.
///
/// - Throws: a server's decision; else, when all have failed, what kept the first from answering.
func firstAnswer<Answer: Sendable>(
    of servers: [ServerToAsk], to ask: @Sendable (APIServer) async throws -> Answer
) async throws -> Answer {
    var first: Fault?
    for server in servers {
        do {
            return try await server.answer(ask)
        } catch let fault as Fault {
            if fault.isAPIDecision { throw fault }
            first = first ?? fault
        }
    }
    throw first ?? Fault.nobodyToAsk
}

/// Like `firstAnswer(of:to:)`, with all of them asked at once, so that some that never answer cost
/// the time of one. For what only reads.
func soonestAnswer<Answer: Sendable>(
    of servers: [ServerToAsk], to ask: @escaping @Sendable (APIServer) async throws -> Answer
) async throws -> Answer {
    try await withThrowingTaskGroup(of: (Int, Result<Answer, Fault>).self) { group in
        for (index, server) in servers.enumerated() {
            group.addTask {
                do {
                    return (
                        index, .success(try await unlessCancelled { try await server.answer(ask) })
                    )
                } catch let fault as Fault {
                    return (index, .failure(fault))
                }
            }
        }
        defer { group.cancelAll() }
        var first: (index: Int, fault: Fault)?
        for try await (index, result) in group {
            switch result {
            case .success(let answer): return answer
            case .failure(let fault) where fault.isAPIDecision: throw fault
            case .failure(let fault):
                if index < first?.index ?? .max { first = (index, fault) }
            }
        }
        throw first?.fault ?? Fault.nobodyToAsk
    }
}

extension Fault {
    fileprivate static var nobodyToAsk: Fault { Fault(.refused, "there is no control-plane node") }
}
