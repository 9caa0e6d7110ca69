internal import Basics
internal import EncryptionModel

// MARK: - How a patch ended

extension RewriteMachine {
    /// - Throws: a `Fault` where going on makes no sense.
    mutating func patched(
        _ work: Work, on server: Int, latency: Duration, at now: Duration,
        _ result: Result<ResourceVersion, RequestFailureError>
    ) throws {
        if case .success = result {
            smallWrites?.answeredOurs()
            if pool.limit(at: now) <= 1 { answerTimes.note(latency) }
        }
        end(on: server, after: latency, at: now)
        switch result {
        case .success(let version):
            pool.succeeded(server, after: latency, at: now)
            succeeded(at: now)
            settle(work, version)
        case .failure(let error):
            try failed(work, on: server, latency: latency, at: now, error.failure)
        }
    }

    private mutating func settle(_ work: Work, _ version: ResourceVersion) {
        let isRewritten = version > watermark
        guard work.pass == pass else {
            // The listing under way shows it once more; only that it was written counts.
            if isRewritten { tally.rewrittenLate() }
            return
        }
        if isRewritten { tally.rewritten() } else { tally.unchanged() }
    }

    mutating func succeeded(at now: Duration) {
        lastSuccess = now
        failuresInARow = 0
    }

    private mutating func failed(
        _ work: Work, on server: Int, latency: Duration, at now: Duration, _ failure: RequestFailure
    ) throws {
        try noteHealth(of: server, latency: latency, at: now, failure)
        switch failure {
        case .gone:
            succeeded(at: now)
            if work.pass == pass { tally.gone() }
        case .hopeless(let fault): throw fault
        case .refused(let fault), .expired(_, let fault):
            // Once more, elsewhere: a server that has just started may not know our rights yet.
            retry(work, upTo: 2, at: now, fault)
        case .conflict(let fault):
            // Somebody else writes it just now, which is no fault of the object or the server.
            retry(work, upTo: 3 * attemptsAllowed, at: now, fault)
        case .failedThere(let fault), .unavailable(let fault):
            // Without etcd's quorum every object fails in this way: at once, or after a long time.
            // Of the last few nothing else would tell.
            let alone = isNearEnd ? .zero : options.patience / 2
            try retryTroubled(work, upTo: attemptsAllowed, alone: alone, at: now, fault)
        case .throttled(_, let fault), .unreached(let fault):
            try retryTroubled(work, upTo: options.retry.attempts, at: now, fault)
        }
    }

    /// Tells the pool what an ending means for the server that gave it.
    mutating func noteHealth(
        of server: Int, latency: Duration, at now: Duration, _ failure: RequestFailure
    ) throws {
        switch failure {
        case .throttled(let after, _):
            // Longer it wouldn't be waited for: without any success the rewrite ends.
            let rest = min(after ?? options.retry.firstDelay, options.patience)
            pool.asked(server, toRestFor: rest, after: latency, at: now)
        case .unavailable: pool.brokeDown(server, after: latency, at: now)
        case .unreached: pool.unreached(server, after: latency, at: now)
        case .failedThere: pool.failedThere(server, after: latency, at: now)
        case .hopeless: break
        case .gone, .expired, .conflict, .refused: pool.answered(server)
        }
    }

    /// Whether nothing is left but what is under way or failed before.
    private var isNearEnd: Bool {
        if case .complete = listing { pages.isEmpty } else { false }
    }

    /// When object after object fails for good, the cause isn't one that passes, and trying each
    /// of 100,000 for half a minute would help nobody.
    private var attemptsAllowed: Int {
        failuresInARow < 20 ? options.retry.attempts : min(2, options.retry.attempts)
    }

    private mutating func retry(_ work: Work, upTo limit: Int, at now: Duration, _ fault: Fault) {
        guard work.pass == pass else { return }
        var work = work
        work.attempts += 1
        if work.attempts >= limit { return giveUp(work, fault) }
        postpone(work, at: now)
    }

    /// No answer, a failure, or a request for patience says little about the object: it counts
    /// against it only where others fare better meanwhile. Where none does, the whole rewrite ends
    /// in time.
    ///
    /// - Parameter alone: after so long it counts even where nothing fares better; nil: never.
    private mutating func retryTroubled(
        _ work: Work, upTo limit: Int, alone: Duration? = nil, at now: Duration, _ fault: Fault
    ) throws {
        guard work.pass == pass else { return }
        try checkPatience(at: now, fault)
        var work = work
        work.attempts += 1
        let since = work.troubledSince ?? now
        work.troubledSince = since
        let othersFareBetter = lastSuccess > since || alone.map { now - since >= $0 } ?? false
        if work.attempts >= limit, othersFareBetter { return giveUp(work, fault) }
        postpone(work, at: now)
    }

    func checkPatience(at now: Duration, _ fault: Fault) throws {
        guard now - lastSuccess > options.patience else { return }
        throw Fault(
            fault.code,
            "rewriting \(tally.progress.resource) stopped: nothing has succeeded for "
                + "\(Int(options.patience.inSeconds)) s; last of all: \(fault.message)",
            hint: "when the API servers answer again, run the same command once more; it goes on "
                + "where it stopped",
            node: fault.node, cause: fault)
    }

    private mutating func postpone(_ work: Work, at now: Duration) {
        tally.retried()
        retries.append((now + options.retry.delay(afterAttempt: work.attempts), work))
    }

    private mutating func giveUp(_ work: Work, _ fault: Fault) {
        failuresInARow += 1
        let place = fault.node.map { "node \($0): " } ?? ""
        tally.failed(work.object, place + fault.message)
    }
}
