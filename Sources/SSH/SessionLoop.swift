internal import Basics
internal import Glibc

/// Runs everything that happens over one logged-in session, on the connection's thread.
final class SessionLoop {
    private let session: Session
    private let mailbox: Mailbox
    private let configuration: SSHConfiguration
    private let target: SSHTarget
    private var openings: ChannelOpenings
    private var jobs: [any ChannelJob] = []
    /// Closed on our side, not yet on the server's.
    private var retiring: [Channel] = []
    private var keepalive: Keepalive
    private var idlePump = IdlePump()

    init(
        session: Session, mailbox: Mailbox, configuration: SSHConfiguration, target: SSHTarget
    ) {
        self.session = session
        self.mailbox = mailbox
        self.configuration = configuration
        self.target = target
        openings = ChannelOpenings(concurrentSessions: configuration.concurrentSessions)
        keepalive = Keepalive(interval: configuration.keepaliveInterval)
    }

    /// Works until the connection is closed or lost, and tells why.
    func run() -> Fault {
        while true {
            do {
                let isAsked = takeMessages()
                if isAsked { return fail(closedFault) }
                let progress = try work()
                session.wire.flush()
                if session.wire.ending != nil { throw ConnectionLost() }
                try waitForMore(progress)
                try keepalive.attend(to: session)
            } catch let fault as Fault {
                return fail(fault)
            } catch {
                return fail(lostFault)
            }
        }
    }

    /// Fails what was posted after the loop's end; see `Mailbox.close`.
    static func refuse(_ messages: [Message], _ fault: Fault) {
        for message in messages {
            switch message {
            case .run(let request): request.continuation.resume(throwing: fault)
            case .relay(let request):
                request.failed(fault)
                close(request.descriptor)
            case .lookAtFlags, .close: break
            }
        }
    }

    private var closedFault: Fault {
        Fault(.interrupted, "the SSH connection to \(target) was closed")
    }

    private var lostFault: Fault {
        Fault(
            .unreachable, "the SSH connection to \(target) was lost: \(session.endingReason)",
            hint: "Check that the node is up and sshd runs on it; then run the command again.")
    }

    private func fail(_ fault: Fault) -> Fault {
        for job in openings.removeAll() + jobs { job.fail(fault) }
        jobs = []
        return fault
    }

    /// - Returns: whether the connection is to be closed.
    private func takeMessages() -> Bool {
        mailbox.wakeUp.drain()
        var isToClose = false
        for message in mailbox.take() {
            switch message {
            case .run(let request): openings.add(CommandJob(request, wire: session.wire))
            case .relay(let request): openings.add(RelayJob(request, wire: session.wire))
            case .lookAtFlags: break
            // What was asked for after that is still somebody's, who waits to be told.
            case .close: isToClose = true
            }
        }
        return isToClose
    }

    /// - Returns: whether there is more to do at once.
    private func work() throws -> Bool {
        try pump()
        let taken = session.wire.taken
        let now = ContinuousClock.now
        for job in openings.removeOverdue(now) { job.fail(overdue(job)) }
        let sessions = jobs.count { $0.kind.isSession } + retiring.count { $0.kind.isSession }
        switch try openings.advance(in: session, openSessions: sessions) {
        case .none: break
        case .opened(let job): jobs.append(job)
        case .abandoned(let channel):
            if !idlePump.adopt(channel) { retiring.append(channel) }
        case .refused(let job, let fault):
            job.fail(fault.during("\(target): \(job.name)"))
        }
        var isBusy = openings.hasNext
        var remaining: [any ChannelJob] = []
        defer { jobs = remaining }
        for (index, job) in jobs.enumerated() {
            do {
                switch try advance(job, now) {
                case .finished: retire(job)
                case .busy:
                    isBusy = true
                    remaining.append(job)
                case .waiting: remaining.append(job)
                }
            } catch is ConnectionLost {
                remaining += jobs[index...]
                throw ConnectionLost()
            } catch {
                job.fail(error)
                retire(job)
            }
        }
        retiring.removeAll { $0.free() }
        // Whatever one of them read may have been for another that had its turn before, and the
        // socket tells of it no more.
        return isBusy || session.wire.taken != taken
    }

    private func advance(
        _ job: any ChannelJob, _ now: ContinuousClock.Instant
    ) throws -> JobProgress {
        if job.isCancelled { throw CancellationError() }
        do {
            let progress = try job.advance()
            if case .finished = progress { return progress }
            if let deadline = job.deadline, deadline <= now { throw overdue(job) }
            return progress
        } catch let fault as Fault {
            throw fault.code == .timedOut ? fault : fault.during("\(target)")
        }
    }

    private func retire(_ job: any ChannelJob) {
        if let channel = job.channel { retiring.append(channel) }
    }

    private func overdue(_ job: any ChannelJob) -> any Error {
        if job.isCancelled { return CancellationError() }
        return Fault(
            .timedOut, "\(target): \(job.name) took longer than allowed",
            hint: "Look at what hangs on that node; other commands of this connection go on.")
    }

    /// Lets libssh2 take in what has arrived, whichever channel it is for.
    private func pump() throws {
        if let channel = jobs.lazy.compactMap({ $0.channel }).first {
            try channel.pump()
        } else if !openings.isOpening && retiring.isEmpty {
            try idlePump.attend(to: session, openings: &openings)
        }
    }

    private func waitForMore(_ isBusy: Bool) throws {
        var descriptors = [
            pollfd(fd: mailbox.wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(
                fd: session.wire.descriptor,
                events: Int16(POLLIN | (session.wire.hasPendingOutput ? POLLOUT : 0)), revents: 0),
        ]
        let interested = jobs.compactMap { job in job.interest.map { (job, $0) } }
        descriptors += interested.map(\.1)
        let deadlines = (jobs + openings.waiting).compactMap(\.deadline) + [keepalive.next]
        wait(on: &descriptors, until: isBusy ? .now : deadlines.min())
        for (index, (job, _)) in interested.enumerated() {
            job.noticed(Int32(descriptors[index + 2].revents))
        }
        if descriptors[1].revents != 0 && jobs.isEmpty && !openings.isOpening && retiring.isEmpty {
            session.wire.readAhead()
        }
    }
}
