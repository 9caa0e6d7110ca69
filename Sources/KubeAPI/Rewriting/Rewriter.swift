internal import Basics
public import EncryptionModel
internal import HTTP

/// Makes API servers store objects anew, so that the first provider of their chain encrypts them.
///
/// Lists and answers hold nothing but metadata: no object's data is asked for. See docs/design.md,
/// «Rewriting».
public struct Rewriter: Sendable {
    let servers: [APIServer]
    let options: RewriteOptions
    private let smallWrites: SmallWrites?
    let clock: MonotonicClock

    /// - Parameters:
    ///   - servers: every API server that may take part, all confirmed at the write stage; one is
    ///     enough.
    ///   - smallWrites: what the usual pace compares its answers with; nil where nobody makes any.
    public init(
        servers: [APIServer], options: RewriteOptions = RewriteOptions(),
        smallWrites: SmallWrites? = nil
    ) {
        self.init(servers: servers, options: options, smallWrites: smallWrites, clock: .system)
    }

    init(
        servers: [APIServer], options: RewriteOptions, smallWrites: SmallWrites? = nil,
        clock: MonotonicClock
    ) {
        self.servers = servers
        self.options = options
        self.smallWrites = smallWrites
        self.clock = clock
    }

    /// Rewrites every object of the resource that is at or below the watermark.
    ///
    /// Run it again after whatever went wrong: it goes on where it stopped, since what is done is
    /// above the watermark.
    ///
    /// - Parameter progress: called now and then, at most ten times a second, and at the end.
    /// - Returns: what became of every object. Only an outcome with `failedCount` 0 is complete.
    /// - Throws: a `Fault` where the list can't be had, nothing succeeds any more, the servers
    ///   don't know us, or the task is cancelled.
    public func rewrite(
        _ resource: ServedResource, watermark: ResourceVersion,
        progress: @escaping @Sendable (RewriteProgress) -> Void = { _ in }
    ) async throws -> RewriteOutcome {
        guard !servers.isEmpty else {
            throw Fault(.failed, "there is no API server to rewrite \(resource.name) through")
        }
        let run = RewriteRun(
            servers: servers, resource: resource, smallWrites: smallWrites, clock: clock,
            progress: progress)
        return try await run.outcome(
            RewriteMachine(
                resource: resource.name, servers: servers.map(\.node), watermark: watermark,
                options: options, comparesSmallWrites: smallWrites != nil))
    }
}

/// Performs what a `RewriteMachine` decides.
private struct RewriteRun {
    enum Event: Sendable {
        case listed(server: Int, latency: Duration, Result<MetadataPage, RequestFailureError>)
        case patched(
            RewriteMachine.Work, server: Int, latency: Duration,
            Result<ResourceVersion, RequestFailureError>)
        case smallWrite(latency: Duration?)
        case timer(Duration)
    }

    let servers: [APIServer]
    let resource: ServedResource
    let smallWrites: SmallWrites?
    let clock: MonotonicClock
    let progress: @Sendable (RewriteProgress) -> Void

    func outcome(_ machine: RewriteMachine) async throws -> RewriteOutcome {
        let start = clock.now()
        let before = traffic
        Failpoint.pass("rewrite.begun")
        let done = try await driven(machine, since: start)
        Failpoint.pass("rewrite.ended")
        let counts = done.tally.overall
        progress(counts)
        let after = traffic
        return RewriteOutcome(
            resource: resource.name, objects: counts.listed, rewritten: counts.rewritten,
            skipped: counts.skipped, unchanged: counts.unchanged, failedCount: counts.failed,
            failed: done.tally.failed, bytesSent: after.sent - before.sent,
            bytesReceived: after.received - before.received, duration: clock.now() - start)
    }

    private var traffic: HTTPTraffic {
        servers.map(\.exchanger.traffic).reduce(into: HTTPTraffic()) {
            $0.sent += $1.sent
            $0.received += $1.received
        }
    }

    /// Drives where requests are made, and tells of progress elsewhere: whoever listens may be slow.
    private func driven(
        _ machine: RewriteMachine, since start: Duration
    ) async throws -> RewriteMachine {
        let (told, teller) = AsyncStream.makeStream(
            of: RewriteProgress.self, bufferingPolicy: .bufferingNewest(1))
        async let telling: Void = { for await counts in told { progress(counts) } }()
        defer { teller.finish() }
        let machine = try await withTaskExecutorPreference(executor(of: 0)) {
            try await drive(machine, since: start, telling: teller)
        }
        teller.finish()
        await telling
        return machine
    }

    private func drive(
        _ machine: RewriteMachine, since start: Duration,
        telling teller: AsyncStream<RewriteProgress>.Continuation
    ) async throws -> RewriteMachine {
        try await withThrowingTaskGroup(of: Event.self) { tasks in
            defer { tasks.cancelAll() }
            var machine = machine
            var timers: Set<Duration> = []
            var told = Duration.zero
            while true {
                let now = clock.now() - start
                switch machine.next(at: now) {
                case .finished: return machine
                case .list(let limit, let token, let server):
                    tasks.addTask(executorPreference: executor(of: server)) {
                        await list(limit, token, server: server)
                    }
                    continue
                case .patch(let work, let server):
                    tasks.addTask(executorPreference: executor(of: server)) {
                        await patch(work, server: server)
                    }
                    continue
                case .smallWrite:
                    tasks.addTask { await smallWrite() }
                    continue
                case .wait(let moment):
                    // A timer that goes off too early does no harm: there is just nothing to do.
                    if let moment, timers.allSatisfy({ $0 > moment }) {
                        timers.insert(moment)
                        tasks.addTask {
                            try await clock.sleep(max(moment - now, .zero))
                            return .timer(moment)
                        }
                    }
                }
                guard let event = try await tasks.next() else {
                    throw Fault(.failed, "rewriting \(resource.name) came to a standstill")
                }
                try Task.checkCancellation()
                let then = clock.now() - start
                switch event {
                case .timer(let moment): timers.remove(moment)
                case .smallWrite(let latency): machine.smallWriteEnded(after: latency, at: then)
                case .listed(let server, let latency, let result):
                    Failpoint.pass("rewrite.page")
                    machine.pool.learn(
                        roundTrip: servers[server].exchanger.roundTrip, of: server)
                    try machine.listed(on: server, latency: latency, at: then, result)
                case .patched(let work, let server, let latency, let result):
                    Failpoint.pass("rewrite.object")
                    machine.pool.learn(
                        roundTrip: servers[server].exchanger.roundTrip, of: server)
                    try machine.patched(work, on: server, latency: latency, at: then, result)
                }
                if then - told >= .milliseconds(100) {
                    told = then
                    teller.yield(machine.tally.overall)
                }
            }
        }
    }

    private func executor(of server: Int) -> (any TaskExecutor)? {
        servers[server].exchanger.executor
    }

    private func list(_ limit: Int, _ token: String?, server: Int) async -> Event {
        let begun = clock.now()
        let result = await attempt(server, "listing \(resource.name)") { api in
            try await api.metadataPage(of: resource, limit: limit, continueToken: token)
        }
        return .listed(server: server, latency: clock.now() - begun, result)
    }

    private func patch(_ work: RewriteMachine.Work, server: Int) async -> Event {
        let begun = clock.now()
        let result = await attempt(server, "rewriting") {
            try await $0.touch(work.object, of: resource)
        }
        return .patched(work, server: server, latency: clock.now() - begun, result)
    }

    private func smallWrite() async -> Event {
        let latency = try? await withTimeLimit(SmallWriteTimes.patience) {
            await smallWrites?.make()
        }
        return .smallWrite(latency: latency ?? nil)
    }

    private func attempt<Value: Sendable>(
        _ server: Int, _ activity: String, _ body: (APIServer) async throws -> Value
    ) async -> Result<Value, RequestFailureError> {
        do {
            return .success(try await body(servers[server]))
        } catch {
            return .failure(
                RequestFailureError(failure: RequestFailure(error, activity, on: servers[server])))
        }
    }
}
