internal import Basics
internal import KubeAPI

extension APIServer {
    /// False as long as it can't be reached either: it may be starting. What can't pass by waiting
    /// (its certificate isn't trusted, it doesn't know us) is thrown.
    func answersReady() async throws -> Bool {
        do {
            return try await ready() == .ready
        } catch let fault as Fault where fault.code == .unreachable || fault.code == .timedOut {
            return false
        }
    }

    /// Whether it can be talked to, be it that it refuses, or takes the question and keeps it as one
    /// without etcd's quorum does.
    func isReached() async throws -> Bool {
        do {
            _ = try await ready()
            return true
        } catch {
            try Task.checkCancellation()
            return ![.unreachable, .denied].contains(Fault(error).code)
        }
    }
}
