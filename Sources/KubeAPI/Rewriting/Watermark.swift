internal import Basics
public import EncryptionModel

extension Rewriter {
    /// A version such that all that is stored is at or below it, and all that will be written is
    /// above it. To be read once every server is confirmed at the write stage.
    ///
    /// It is the version of a list without `resourceVersion`, which Kubernetes promises to read
    /// consistently: it is etcd's revision at a moment between question and answer, either from a
    /// quorum read or, from 1.31, from a cache that has caught up with such a read
    /// (`ConsistentListFromCache`). etcd's revision is one counter for the whole store that every
    /// write moves on, and an object's resourceVersion is the revision that wrote it. So any
    /// server may be asked, and one page of one object is enough.
    ///
    /// The one thing that it can't know of is a write that a server began under its old config and
    /// that etcd finishes after this; evidence from etcd finds such.
    ///
    /// - Throws: a `Fault` where no server gives that list.
    public func watermark(of resource: ServedResource) async throws -> ResourceVersion {
        guard !servers.isEmpty else {
            throw Fault(.failed, "there is no API server to list \(resource.name) through")
        }
        var attempt = 0
        let begun = clock.now()
        while true {
            let server = servers[attempt % servers.count]
            do {
                return try await withTimeLimit(Self.longestAnswer) {
                    try await server.metadataPage(of: resource, limit: 1).version
                }
            } catch {
                attempt += 1
                let failure = RequestFailure(error, "listing \(resource.name)", on: server)
                // Each server is tried as often as one alone would be.
                let round = (attempt + servers.count - 1) / servers.count
                guard let pause = try failure.pause(afterAttempt: round, options.retry),
                    clock.now() - begun < options.patience
                else { throw failure.fault }
                // The next server needn't wait for what this one suffers from.
                if attempt % servers.count == 0 { try await clock.sleep(pause) }
            }
        }
    }

    /// A server without etcd's quorum keeps the question.
    private static let longestAnswer = Duration.seconds(30)
}

extension RequestFailure {
    var fault: Fault {
        switch self {
        case .gone(let fault), .expired(_, let fault), .conflict(let fault),
            .throttled(_, let fault), .unavailable(let fault), .failedThere(let fault),
            .unreached(let fault), .refused(let fault), .hopeless(let fault):
            fault
        }
    }

    /// How long to wait before the next try; nil where there shall be none.
    fileprivate func pause(afterAttempt attempt: Int, _ policy: RetryPolicy) throws -> Duration? {
        guard attempt < policy.attempts else { return nil }
        try Task.checkCancellation()
        return switch self {
        case .gone, .refused, .hopeless: nil
        case .throttled(let after, _):
            min(after ?? policy.delay(afterAttempt: attempt), .seconds(60))
        case .expired, .conflict, .unavailable, .failedThere, .unreached:
            policy.delay(afterAttempt: attempt)
        }
    }
}
