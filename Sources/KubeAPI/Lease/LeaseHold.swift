internal import Basics
internal import EncryptionModel

/// How long a Lease lasts and how its holder behaves.
public struct LeaseTerms: Sendable, Hashable {
    /// How long others must see it stand still before they may take it over. Written into it.
    public var duration = Duration.seconds(30)
    /// Between two renewals.
    public var renewal = Duration.seconds(10)
    /// Between two tries where a renewal failed, and between two looks at another's Lease.
    public var pause = Duration.seconds(1)
    /// How long no server may answer before a wait for one is given up.
    public var patience = Duration.seconds(120)
    /// How long one server may take to answer before the next is asked.
    public var attempt = Duration.seconds(5)

    public init() {}
}

/// What a person who watches is told.
public enum LeaseNews: Sendable, Hashable {
    case warning(String)
    case detail(String)
}

/// One run's hold on a Lease: taken, renewed, checked before each effect, released.
///
/// Nothing here runs by itself; the owner calls `renew()` again and again.
public actor LeaseHold {
    enum State {
        case idle
        /// - Parameter renewed: when the last renewal that succeeded was sent, so that others
        ///   count from a later moment.
        case held(version: ResourceVersion, renewed: Duration)
        case lost(Fault)
    }

    let name: LeaseName
    let claim: LeaseClaim
    let servers: LeaseServers
    let terms: LeaseTerms
    let clock: MonotonicClock
    let wallClock: WallClock
    let report: @Sendable (LeaseNews) -> Void
    var state = State.idle
    /// Why the last renewal failed; nil after one that didn't.
    private var failure: Fault?

    /// - Parameters:
    ///   - servers: each gives one API server, when it can; asked in turn until one answers.
    ///   - smallWrites: whoever wants one gets a renewal.
    public init(
        _ name: LeaseName, claim: LeaseClaim,
        servers: [@Sendable () async throws -> APIServer], terms: LeaseTerms = LeaseTerms(),
        smallWrites: SmallWrites? = nil, report: @escaping @Sendable (LeaseNews) -> Void
    ) {
        self.init(
            name, claim: claim, servers: servers, terms: terms, smallWrites: smallWrites,
            clock: .system, wallClock: .system, report: report)
    }

    init(
        _ name: LeaseName, claim: LeaseClaim,
        servers: [@Sendable () async throws -> APIServer], terms: LeaseTerms,
        smallWrites: SmallWrites? = nil, clock: MonotonicClock, wallClock: WallClock,
        report: @escaping @Sendable (LeaseNews) -> Void
    ) {
        self.name = name
        self.claim = claim
        self.servers = LeaseServers(servers, attemptTimeout: terms.attempt)
        self.terms = terms
        self.clock = clock
        self.wallClock = wallClock
        self.report = report
        smallWrites?.are(madeBy: { [weak self] in await self?.timedRenewal() })
    }

    /// Renews it, where it is held. A failure is remembered, not thrown: the servers may be
    /// restarting, and `check()` counts the time.
    ///
    /// - Returns: how long to wait until the next call.
    @discardableResult
    public func renew() async -> Duration {
        await timedRenewal()
        if case .held = state, failure != nil { return terms.pause }
        return terms.renewal
    }

    /// - Returns: how long the server took that did it; nil where it isn't held, or that failed.
    @discardableResult
    func timedRenewal() async -> Duration? {
        guard case .held(let version, _) = state else { return nil }
        let asked = clock.now()
        do {
            let took = try await write(
                .renew(at: wallClock.now()), ifStill: version, asked: asked)
            failure = nil
            return took
        } catch {
            failure = Fault(error)
            return nil
        }
    }

    /// Returns where the Lease is held for certain, or was never asked for. Where it couldn't be
    /// renewed for its whole duration, so that somebody may have taken it over, waits until that
    /// is known.
    ///
    /// - Throws: `Fault`: `.conflict` where it was lost, naming who has it now; what keeps the
    ///   servers from answering, when they don't for the patience of the terms.
    public func check() async throws {
        let start = clock.now()
        var isTold = false
        while true {
            switch state {
            case .idle: return
            case .lost(let fault): throw fault
            case .held(_, let renewed) where clock.now() - renewed < terms.duration: return
            case .held: break
            }
            if !isTold, let failure {
                report(.warning("\(name) can't be renewed (\(failure.message)); waiting for it"))
                isTold = true
            }
            await renew()
            guard let failure, case .held = state else { continue }
            guard clock.now() - start < terms.patience else {
                throw failure.during("\(name) can't be renewed, so nothing new was begun")
            }
            try await clock.sleep(terms.pause)
        }
    }

    /// Lets go of it, so that the next run needn't wait. The object stays: that takes no right to
    /// delete, and it tells when somebody was last at work.
    ///
    /// Where that fails it expires by itself.
    public func release() async {
        for _ in 0..<3 {
            guard case .held(let version, _) = state else { return }
            Failpoint.pass("lease.release")
            do {
                try await write(
                    .release(at: wallClock.now()), ifStill: version, asked: clock.now())
                Failpoint.pass("lease.released")
                state = .idle
                return
            } catch {
                report(.detail("\(name) wasn't released: \(Fault(error).message)"))
            }
        }
        state = .idle
    }

    /// Writes into the Lease that we hold, whatever else was written into it meanwhile: the
    /// rewriter of a run stores it anew like every other object.
    @discardableResult
    private func write(
        _ change: LeaseChange, ifStill first: ResourceVersion, asked: Duration
    ) async throws -> Duration? {
        var version = first
        // Each conflict is another writer's success; more than a few in a row are a mistake.
        for _ in 0..<10 {
            do {
                let (lease, took) = try await servers.ask { [name, version, clock] server in
                    let begun = clock.now()
                    let lease = try await server.updateLease(name, change, ifStill: version)
                    return (lease, clock.now() - begun)
                }
                if case .held = state { state = .held(version: lease.version, renewed: asked) }
                return took
            } catch let fault as Fault where fault.isMissedWrite {
                let found = try await servers.ask { [name] in try await $0.lease(name) }
                guard let found, found.record.run == claim.run else {
                    if case .held = state { state = .lost(lost(to: found?.record)) }
                    return nil
                }
                version = found.version
            }
        }
        throw Fault(.conflict, "updating \(name): somebody else writes it all the time")
    }

    private func lost(to record: Lease.Record?) -> Fault {
        let how =
            switch (record, record?.holder) {
            case (nil, _): "it was deleted"
            case (_, nil): "somebody took it over and has let go of it since"
            case (let record?, _): "it is held by \(record.told)"
            }
        return Fault(
            .conflict,
            "another run may be under way: this one has lost \(name) while it was suspended or"
                + " reached no API server; \(how). It stopped before its next step",
            hint: "See first what the other run did: orchestrator encrypt status.")
    }
}
