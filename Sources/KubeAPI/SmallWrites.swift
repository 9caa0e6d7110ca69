internal import Synchronization

/// How long a small write takes at the cluster's API servers lately: what others' writes are like,
/// which are mostly small. The holder of a Lease knows it, who renews it anyhow.
public final class SmallWrites: Sendable {
    /// A minute of renewals (`LeaseTerms.renewal`).
    private let times = Mutex(RecentTimes(6, from: 1))

    public init() {}

    func took(_ time: Duration) { times.withLock { $0.note(time) } }

    /// The median of the last six; nil before the first.
    public var usual: Duration? { times.withLock(\.median) }
}
