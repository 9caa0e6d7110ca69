internal import Basics

/// The queue of jobs whose channel isn't open yet.
///
/// libssh2 opens one channel at a time in a session, and an opening once begun must be answered
/// before the next; so they stand in line. Commands wait besides for one of the few sessions that
/// the server allows on a connection.
struct ChannelOpenings {
    enum Result {
        case none
        case opened(any ChannelJob)
        /// Open, but the job that wanted it has gone.
        case abandoned(Channel)
        case refused(any ChannelJob, Fault)
    }

    private var sessionLimit: Int
    private(set) var waiting: [any ChannelJob] = []
    /// What is being opened; the job is nil once it has gone.
    private var current: (kind: ChannelKind, job: (any ChannelJob)?)?

    init(concurrentSessions: Int) { sessionLimit = concurrentSessions }

    var isOpening: Bool { current != nil }
    /// Whether another opening can be begun at once.
    private(set) var hasNext = false

    mutating func add(_ job: any ChannelJob) { waiting.append(job) }

    /// Begins the opening of a channel that no job waits for; its result is `abandoned`.
    mutating func beginSpare() {
        if current == nil { current = (.session, nil) }
    }

    mutating func removeAll() -> [any ChannelJob] {
        defer { waiting = [] }
        let opening = current?.job.map { [$0] } ?? []
        current?.job = nil
        return opening + waiting
    }

    /// Takes out the jobs that were cancelled or whose time is over.
    mutating func removeOverdue(_ now: ContinuousClock.Instant) -> [any ChannelJob] {
        let isOverdue: (any ChannelJob) -> Bool = { job in
            job.isCancelled || job.deadline.map { $0 <= now } ?? false
        }
        var overdue = waiting.filter(isOverdue)
        waiting.removeAll(where: isOverdue)
        if let job = current?.job, isOverdue(job) {
            overdue.append(job)
            current?.job = nil
        }
        return overdue
    }

    /// - Parameter openSessions: sessions that count against the server's limit now.
    mutating func advance(in session: Session, openSessions: Int) throws -> Result {
        if current == nil { begin(openSessions: openSessions) }
        hasNext = false
        guard let (kind, job) = current else { return .none }
        do {
            guard let channel = try Channel.open(kind, in: session) else { return .none }
            current = nil
            hasNext = !waiting.isEmpty
            guard let job else { return .abandoned(channel) }
            job.opened(channel)
            return .opened(job)
        } catch let fault as Fault {
            current = nil
            hasNext = !waiting.isEmpty
            guard let job else { return .none }
            if kind.isSession && openSessions > 0 {
                // The server allows fewer sessions than we thought: wait for one of ours to end.
                sessionLimit = openSessions
                waiting.insert(job, at: 0)
                hasNext = false
                return .none
            }
            return .refused(job, fault)
        }
    }

    private mutating func begin(openSessions: Int) {
        let index = waiting.firstIndex { !$0.kind.isSession || openSessions < sessionLimit }
        guard let index else { return }
        let job = waiting.remove(at: index)
        current = (job.kind, job)
    }
}
