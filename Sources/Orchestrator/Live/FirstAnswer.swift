internal import Basics
internal import KubeAPI

/// The answer of the first API server that gives one. What a server has decided
/// (`Fault.isAPIDecision`) is an answer, too, and thrown at once: behind another server's failure
/// nobody would see that somebody else wrote the object.
///
/// - Parameter servers: the nodes' names, each with what gives its API server, when it can.
/// - Throws: a server's decision; else, when all have failed, what kept the first from answering.
func firstAnswer<Answer: Sendable>(
    of servers: [(node: String, server: @Sendable () async throws -> APIServer)],
    to ask: @Sendable (APIServer) async throws -> Answer
) async throws -> Answer {
    var first: Fault?
    for (node, server) in servers {
        do {
            return try await ask(try await server())
        } catch {
            try Task.checkCancellation()
            let fault = Fault(error).on(node: node)
            if fault.isAPIDecision { throw fault }
            first = first ?? fault
        }
    }
    throw first ?? Fault(.refused, "there is no control-plane node")
}
