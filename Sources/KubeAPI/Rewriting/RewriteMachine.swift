internal import Basics
internal import EncryptionModel

/// Decides what a rewrite does next; knows no network, no clock and no tasks.
///
/// The driver asks `next(at:)` for steps, performs them side by side, and tells how each ended.
/// Moments are durations since the rewrite began.
struct RewriteMachine {
    /// One object on its way.
    struct Work: Sendable {
        let object: ObjectReference
        /// Which listing showed it.
        let pass: Int
        var attempts = 0
        /// When it failed first for a reason that lies with the servers rather than with it.
        var troubledSince: Duration?
        var lastServer: Int?
    }

    enum Step {
        case list(limit: Int, continueToken: String?, server: Int)
        case patch(Work, server: Int)
        /// A small write of somebody's, to compare answers with.
        case smallWrite
        /// Nothing to begin before that moment (nil: before something under way ends).
        case wait(until: Duration?)
        case finished
    }

    /// So many may wait for another try before nothing new is begun, however narrow the windows.
    private static let leastRetries = 16

    enum Listing {
        /// `avoiding` is the server at which it was tried last.
        case due(continueToken: String?, notBefore: Duration, attempts: Int, avoiding: Int? = nil)
        case underWay(continueToken: String?, attempts: Int)
        case complete
    }

    let watermark: ResourceVersion
    let options: RewriteOptions
    var pool: ServerPool
    var bucket: TokenBucket
    /// Nothing is begun before: the pace's pause.
    var pauseUntil = Duration.zero
    /// Of patches that were answered well while no more than one request was to be under way; so
    /// many that a collection of garbage, or a few objects larger than the others, don't count. The
    /// first six already tell: if they mislead, that costs some long rests, but large objects that
    /// pass for small ones cost others.
    var answerTimes = RecentTimes(128, from: 6)
    /// What small writes take meanwhile; nil where nobody makes any.
    var smallWrites: SmallWriteTimes?

    var listing = Listing.due(continueToken: nil, notBefore: .zero, attempts: 0)
    /// Counts how often the list had to be begun anew.
    var pass = 0
    var restartsWithoutProgress = 0
    /// What is listed and not yet begun: at most two pages.
    var pages: [ArraySlice<ObjectReference>] = []
    /// What waits for another try: no more than the windows are wide, or than sixteen. Others go
    /// on meanwhile.
    var retries: [(notBefore: Duration, work: Work)] = []
    var inFlight = 0

    var tally: RewriteTally
    /// The last moment at which any request did what it should.
    var lastSuccess = Duration.zero
    /// Objects that failed for good since the last that didn't.
    var failuresInARow = 0

    init(
        resource: GroupResource, servers: [String], watermark: ResourceVersion,
        options: RewriteOptions, comparesSmallWrites: Bool = false
    ) {
        self.watermark = watermark
        self.options = options
        pool = ServerPool(
            count: servers.count, pace: options.pace, concurrency: options.concurrency,
            backoff: options.retry)
        bucket = TokenBucket(rate: options.qps, at: .zero)
        smallWrites = comparesSmallWrites && options.pace == .auto ? SmallWriteTimes() : nil
        tally = RewriteTally(
            resource: resource, servers: servers, failuresNamed: options.failuresNamed)
    }
}

// MARK: - What to do next

extension RewriteMachine {
    mutating func next(at now: Duration) -> Step {
        if isFinished { return .finished }
        var wake: Duration?
        func sooner(_ moment: Duration) { wake = min(wake ?? moment, moment) }
        if let end = pool.patienceEnds(after: now) { sooner(end) }

        guard inFlight < options.pace.cap(options.concurrency) else { return .wait(until: nil) }
        if smallWrites?.isUnderWay == true { return .wait(until: nil) }
        let turn = max(bucket.nextTurn(at: now), pauseUntil)
        if turn <= now, isSmallWriteDue(at: now) {
            bucket.take()
            smallWrites?.began()
            return .smallWrite
        }
        if case .due(let token, let notBefore, let attempts, let avoided) = listing, pages.count < 2
        {
            let moment = max(notBefore, turn, pool.firstAwake)
            if moment > now {
                sooner(moment)
            } else if let server = pool.choose(at: now, avoiding: avoided) {
                listing = .underWay(continueToken: token, attempts: attempts)
                begin(on: server, at: now)
                let limit = options.pages.size(
                    isFirst: token == nil, remaining: tally.progress.unlisted)
                return .list(limit: limit, continueToken: token, server: server)
            } else if let awake = pool.nextAwake(after: now) {
                sooner(awake)
            }
        }
        if let ready = readiness(at: now) {
            let moment = max(ready, turn, pool.firstAwake)
            if moment > now {
                sooner(moment)
            } else if let step = takeWork(at: now) {
                return step
            } else if let awake = pool.nextAwake(after: now) {
                // All that don't rest are full; any answer wakes us, too.
                sooner(awake)
            }
        }
        return .wait(until: wake)
    }

    private var isFinished: Bool {
        if case .complete = listing {
            inFlight == 0 && retries.isEmpty && pages.isEmpty
        } else {
            false
        }
    }

    /// It is of use where no more than one request is to be under way, and means something only
    /// while none is.
    private func isSmallWriteDue(at now: Duration) -> Bool {
        guard let smallWrites, inFlight == 0 else { return false }
        return pool.limit(at: now) <= 1 && smallWrites.isDue(at: now)
    }

    /// When there is an object to begin with, if there is one.
    private func readiness(at now: Duration) -> Duration? {
        let mayRetry = max(pool.limit(at: now), Self.leastRetries)
        if !pages.isEmpty, pool.hasRoom(at: now), retries.count < mayRetry { return now }
        return retries.map(\.notBefore).min()
    }

    private mutating func takeWork(at now: Duration) -> Step? {
        var work: Work
        let due = retries.firstIndex { $0.notBefore <= now }
        if let due {
            work = retries[due].work
        } else if let object = pages.first?.first {
            work = Work(object: object, pass: pass)
        } else {
            return nil
        }
        guard let server = pool.choose(at: now, avoiding: work.lastServer) else { return nil }
        if let due {
            retries.remove(at: due)
        } else {
            pages[0].removeFirst()
            if pages[0].isEmpty { pages.removeFirst() }
        }
        work.lastServer = server
        begin(on: server, at: now)
        return .patch(work, server: server)
    }

    private mutating func begin(on server: Int, at now: Duration) {
        bucket.take()
        pool.began(server, at: now)
        inFlight += 1
    }

    /// A small write ended.
    ///
    /// - Parameter latency: nil where it failed or took too long.
    mutating func smallWriteEnded(after latency: Duration?, at now: Duration) {
        smallWrites?.ended(after: latency, at: now)
        guard let latency else { return }
        let pause = options.pace.pause(after: latency, isOnly: true)
        pauseUntil = max(pauseUntil, now + pause)
        pool.rests(for: latency + pause)
    }

    mutating func end(on server: Int, after latency: Duration, at now: Duration) {
        let isOnly = pool.limit(at: now) <= 1
        pool.ended(server, at: now)
        inFlight -= 1
        let roundTrip = pool.roundTrip(of: server)
        let isHeavy =
            isOnly
            && RewritePace.isHeavy(
                usual: answerTimes.median, smallWrite: smallWrites?.usual, roundTrip: roundTrip)
        if isHeavy { pool.keepToOne(at: now) }
        let pause = options.pace.pause(
            after: latency, roundTrip: roundTrip, isOnly: isOnly, isHeavy: isHeavy)
        pauseUntil = max(pauseUntil, now + pause)
        pool.rests(for: pause)
        tally.answered(by: server)
    }
}
