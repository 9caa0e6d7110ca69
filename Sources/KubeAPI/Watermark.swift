internal import Basics
public import EncryptionModel

/// What a look at the versions of all objects of a resource shows.
public struct VersionSurvey: Sendable, Hashable {
    public let objects: Int
    /// How many are at or below the watermark, so not known to be under the new key.
    public let belowCount: Int
    /// Those of them that came first, by name.
    public let below: [String]
}

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
    public func watermark(of resource: ServedResource) async throws -> ResourceVersion {
        guard let page = try await page(of: resource, limit: 1, continueToken: nil) else {
            throw Fault(.remote, "listing \(resource.name): its first page has expired")
        }
        return page.version
    }

    /// Looks whether any object is still at or below the watermark: the API's own evidence that a
    /// rewrite is complete.
    public func survey(
        _ resource: ServedResource, watermark: ResourceVersion
    ) async throws -> VersionSurvey {
        for _ in 0..<max(2, options.retry.attempts) {
            if let survey = try await surveyOnce(resource, watermark) { return survey }
        }
        throw Fault(
            .remote, "listing \(resource.name): the list expired before its end, again and again",
            hint: "etcd is compacted faster than the list can be read; larger pages may help")
    }

    /// Nil where the list expired and has to begin anew.
    private func surveyOnce(
        _ resource: ServedResource, _ watermark: ResourceVersion
    ) async throws -> VersionSurvey? {
        var (objects, belowCount, below): (Int, Int, [String]) = (0, 0, [])
        var token: String?
        repeat {
            guard
                let page = try await page(
                    of: resource, limit: options.pages.usual, continueToken: token)
            else { return nil }
            let stale = page.objects.filter { $0.version <= watermark }
            objects += page.objects.count
            belowCount += stale.count
            below += stale.prefix(max(0, options.failuresNamed - below.count)).map(\.displayName)
            token = page.continueToken
        } while token != nil
        return VersionSurvey(objects: objects, belowCount: belowCount, below: below)
    }

    /// A server without etcd's quorum keeps the question.
    private static let longestAnswer = Duration.seconds(30)

    /// One page, from whichever server gives it. A token that has expired is replaced by the one
    /// that the server offers; see `RewriteMachine` for why that is as good. Nil where it offers
    /// none.
    private func page(
        of resource: ServedResource, limit: Int, continueToken: String?
    ) async throws -> MetadataPage? {
        guard !servers.isEmpty else {
            throw Fault(.failed, "there is no API server to list \(resource.name) through")
        }
        var token = continueToken
        var attempt = 0
        let begun = clock.now()
        while true {
            let server = servers[attempt % servers.count]
            do {
                let next = token
                return try await withTimeLimit(Self.longestAnswer) {
                    try await server.metadataPage(of: resource, limit: limit, continueToken: next)
                }
            } catch {
                attempt += 1
                let failure = RequestFailure(error, "listing \(resource.name)", on: server)
                // Each server is tried as often as one alone would be.
                let round = (attempt + servers.count - 1) / servers.count
                guard let pause = try failure.pause(afterAttempt: round, options.retry),
                    clock.now() - begun < options.patience
                else { throw failure.fault }
                if case .expired(let offered, _) = failure {
                    guard let offered else { return nil }
                    token = offered
                }
                // The next server needn't wait for what this one suffers from.
                if attempt % servers.count == 0 { try await clock.sleep(pause) }
            }
        }
    }
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
        case .expired: .zero
        case .conflict, .unavailable, .failedThere, .unreached:
            policy.delay(afterAttempt: attempt)
        }
    }
}
