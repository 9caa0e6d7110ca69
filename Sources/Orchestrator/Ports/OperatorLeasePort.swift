public import Basics

/// Who holds the cluster's Lease, as one look showed it. Whether that run is still alive can't be
/// told from one look.
public struct LeaseHolder: Sendable, Hashable {
    /// User, machine, process and command, as the holder wrote them.
    public let holder: String
    /// By the holder's clock; nil where it wrote nothing that can be read.
    public let since: Timestamp?
    public let renewed: Timestamp?

    public init(holder: String, since: Timestamp?, renewed: Timestamp?) {
        self.holder = holder
        self.since = since
        self.renewed = renewed
    }
}

/// The Lease in the cluster that keeps a second operator elsewhere from working at the same time;
/// on one machine the lock beside the state file does that too.
public protocol OperatorLeasePort: Sendable {
    /// Takes the Lease and goes on renewing it until `release()`. Where it is held, waits until its
    /// holder has shown whether it is alive, which cancelling the task ends.
    ///
    /// - Throws: `Fault`: `.refused` where another run is alive; `.denied` where we lack the
    ///   rights; `.unreachable` or whatever else keeps the API servers from answering. Nothing is
    ///   held then.
    func acquire() async throws

    /// To be asked before each effect. Returns at once where the Lease is held for certain, and
    /// where it was never taken; waits where that isn't known, as long as the API servers are
    /// restarting, which cancelling the task ends.
    ///
    /// - Throws: `Fault`, `.conflict` where somebody else has taken it over.
    func check() async throws

    /// Lets go of it, held or not. What fails is no fault of the run: it expires by itself.
    func release() async

    /// Who holds it; nil: nobody.
    func holder() async throws -> LeaseHolder?
}
