internal import Basics

/// Judges whether a Lease that was found held has a living holder, without comparing the clocks of
/// two machines: a record that moves is renewed by somebody; one that stands still for its
/// duration, by our own monotonic clock, isn't (as client-go's leader election does it).
struct LeaseWatch {
    enum Verdict: Hashable {
        /// Nobody holds it.
        case free
        /// We hold it: the answer to an earlier request of ours was lost.
        case ours
        /// Its holder is gone, and why we know.
        case dead(Lease.Record, Proof)
        /// It was written by its holder since we first looked.
        case alive(Lease.Record)
        /// Its holder let go of it since we first looked.
        case ended(Lease.Record)
        /// It isn't known yet; it will be after so long a time at the latest.
        case unknown(Lease.Record, remaining: Duration)
    }

    enum Proof: Hashable {
        /// It stood still for its whole duration.
        case expired
        /// It was taken under the lock that we hold now.
        case sameLock
    }

    /// What was seen first. Nil: nothing was looked at yet; `.some(nil)`: there was no Lease.
    private var first: Lease.Record??
    /// Since when it has been seen to stand still without a gap.
    private var stillSince: Duration?

    var isWatching: Bool { first != nil }

    /// No server could be asked. As long as that is so the holder couldn't renew either, and the
    /// servers are restarted one by one by the very runs that hold this Lease: so the time doesn't
    /// count.
    mutating func interrupt() { stillSince = nil }

    /// - Parameters:
    ///   - asked: when the request went out, by a monotonic clock; the record stood as it is told
    ///     at this moment or later.
    ///   - answered: when the answer was there.
    mutating func judge(
        _ record: Lease.Record?, by claim: LeaseClaim, asked: Duration, answered: Duration
    ) -> Verdict {
        if let record, record.run == claim.run { return .ours }
        let held = record.flatMap { $0.holder == nil ? nil : $0 }
        guard let first else {
            self.first = .some(record)
            stillSince = answered
            guard let held else { return .free }
            if held.isUnder(claim.lockFile) { return .dead(held, .sameLock) }
            return .unknown(held, remaining: held.duration)
        }
        guard record == first else {
            if let held { return .alive(held) }
            return first.flatMap { $0.holder == nil ? nil : .ended($0) } ?? .free
        }
        guard let held else { return .free }
        if held.isUnder(claim.lockFile) { return .dead(held, .sameLock) }
        let since = stillSince ?? answered
        stillSince = since
        let remaining = held.duration - (asked - since)
        return remaining > .zero ? .unknown(held, remaining: remaining) : .dead(held, .expired)
    }
}

extension Lease.Record {
    var duration: Duration { .seconds(durationSeconds) }

    fileprivate func isUnder(_ lockFile: String?) -> Bool {
        self.lockFile != nil && self.lockFile == lockFile
    }
}
