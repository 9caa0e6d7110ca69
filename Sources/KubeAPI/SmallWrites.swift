internal import Synchronization

/// Small writes at the cluster's API servers, to compare larger ones with: what others' writes are
/// like, which are mostly small. The holder of a Lease makes them, which he renews anyhow.
public final class SmallWrites: Sendable {
    typealias Maker = @Sendable () async -> Duration?

    private let maker = Mutex(Maker?.none)

    public init() {}

    /// - Parameter maker: makes one and tells how long its server took; nil where that failed.
    func are(madeBy maker: @escaping Maker) { self.maker.withLock { $0 = maker } }

    /// Makes one now.
    ///
    /// - Returns: how long its server took; nil where nobody makes any, or it failed.
    func make() async -> Duration? { await maker.withLock(\.self)?() }
}
