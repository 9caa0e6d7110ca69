internal import Basics
internal import Glibc

/// One use of a channel, from its opening to its end. Belongs to the thread of its connection.
protocol ChannelJob: AnyObject {
    var kind: ChannelKind { get }
    /// For messages: «command "id"», «relay to 10.0.0.1:6443».
    var name: String { get }
    /// When to give up; nil for never.
    var deadline: ContinuousClock.Instant? { get }
    var isCancelled: Bool { get }
    /// The channel, once there is one.
    var channel: Channel? { get }
    /// The local descriptor to poll and what for; nil for none.
    var interest: pollfd? { get }

    func opened(_ channel: Channel)
    /// Does what can be done without waiting. A `Fault` ends the job, `ConnectionLost` all of them.
    func advance() throws -> JobProgress
    /// Told about what `poll` saw at the local descriptor.
    func noticed(_ events: Int32)
    /// The end, when `advance` hasn't come to it. Called at most once.
    func fail(_ error: any Error)
}

enum JobProgress {
    /// Nothing to do until something arrives or room is made.
    case waiting
    /// There is more to do at once, but others should have their turn.
    case busy
    case finished
}
