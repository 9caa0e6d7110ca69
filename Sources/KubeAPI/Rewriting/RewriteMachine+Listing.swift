internal import Basics
internal import EncryptionModel

// MARK: - How a listing ended

extension RewriteMachine {
    /// How often the list may begin anew although nothing was done meanwhile.
    private static let idleRestarts = 5

    /// - Throws: a `Fault` where the list can't be had. What isn't listed can't be rewritten, so
    ///   there is no going on without it.
    mutating func listed(
        on server: Int, latency: Duration, at now: Duration,
        _ result: Result<MetadataPage, RequestFailureError>
    ) throws {
        end(on: server, after: latency, at: now)
        guard case .underWay(let token, let attempts) = listing else { return }
        switch result {
        case .success(let page):
            pool.answered(server)
            lastSuccess = now
            take(page, at: now)
        case .failure(let error):
            let failure = error.failure
            try noteHealth(of: server, latency: latency, at: now, failure)
            try failed(failure, on: server, token: token, attempts: attempts + 1, at: now)
        }
    }

    private mutating func take(_ page: MetadataPage, at now: Duration) {
        let stale = page.objects.filter { $0.version <= watermark }
        if !stale.isEmpty { pages.append(stale[...]) }
        tally.listed(
            page.objects.count, remaining: page.remaining,
            skipped: page.objects.count - stale.count)
        if let token = page.continueToken {
            listing = .due(continueToken: token, notBefore: now, attempts: 0)
        } else {
            listing = .complete
            tally.listComplete()
        }
    }

    private mutating func failed(
        _ failure: RequestFailure, on server: Int, token: String?, attempts: Int, at now: Duration
    ) throws {
        switch failure {
        case .expired(let offered, let fault):
            if let offered, !offered.isEmpty, offered != token {
                if attempts >= options.retry.attempts { throw fault }
                // The rest of the list as it is now, not as it was. That is as good: whatever is
                // at or below the watermark has not been written since, so it was already there,
                // under the same name, when the pages before were read.
                listing = .due(continueToken: offered, notBefore: now, attempts: attempts)
            } else {
                try restart(at: now, fault)
            }
        case .gone(let fault), .refused(let fault), .hopeless(let fault):
            throw fault
        case .conflict(let fault), .failedThere(let fault):
            if attempts >= options.retry.attempts { throw fault }
            postponeListing(token: token, attempts: attempts, on: server, at: now)
        case .throttled(_, let fault), .unavailable(let fault), .unreached(let fault):
            try checkPatience(at: now, fault)
            postponeListing(token: token, attempts: attempts, on: server, at: now)
        }
    }

    private mutating func postponeListing(
        token: String?, attempts: Int, on server: Int, at now: Duration
    ) {
        listing = .due(
            continueToken: token,
            notBefore: now + options.retry.delay(afterAttempt: attempts), attempts: attempts,
            avoiding: server)
    }

    /// From the first page again. The watermark makes that cheap: what is done is skipped.
    private mutating func restart(at now: Duration, _ fault: Fault) throws {
        restartsWithoutProgress = tally.progress.rewritten > 0 ? 0 : restartsWithoutProgress + 1
        guard restartsWithoutProgress < Self.idleRestarts else {
            throw fault.during("the list expired \(Self.idleRestarts) times without any progress")
        }
        pass += 1
        pages = []
        retries = []
        tally.restarted()
        listing = .due(continueToken: nil, notBefore: now, attempts: 0)
    }
}
