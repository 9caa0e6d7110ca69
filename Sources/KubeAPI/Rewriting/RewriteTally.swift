internal import EncryptionModel

/// The counts of a rewrite.
struct RewriteTally {
    private(set) var progress: RewriteProgress
    private(set) var failed: [RewriteOutcome.Failure] = []
    private let failuresNamed: Int
    /// Rewritten before the list had to be begun anew; the new one shows them once more, as
    /// objects above the watermark.
    private var rewrittenBefore = 0

    init(resource: GroupResource, servers: [String], failuresNamed: Int) {
        progress = RewriteProgress(resource: resource)
        progress.servers = servers.map { RewriteProgress.Server(node: $0) }
        self.failuresNamed = failuresNamed
    }

    mutating func listed(_ count: Int, remaining: Int?, skipped: Int) {
        progress.listed += count
        progress.skipped += skipped
        if let remaining { progress.total = progress.listed + remaining }
    }

    mutating func listComplete() { progress.total = progress.listed }

    /// Whatever it answered; lists, too.
    mutating func answered(by server: Int) { progress.servers[server].answers += 1 }
    mutating func retried() { progress.retries += 1 }

    mutating func rewritten() { progress.rewritten += 1 }
    mutating func unchanged() { progress.unchanged += 1 }
    mutating func gone() { progress.skipped += 1 }

    mutating func failed(_ object: ObjectReference, _ reason: String) {
        progress.failed += 1
        guard failed.count < failuresNamed else { return }
        failed.append(.init(object: object.displayName, reason: reason))
    }

    /// The list begins anew, and counts anew: what is still to do will be met again in it.
    mutating func restarted() {
        rewrittenBefore += progress.rewritten
        failed = []
        var anew = RewriteProgress(resource: progress.resource)
        (anew.servers, anew.retries) = (progress.servers, progress.retries)
        progress = anew
    }

    /// Something that an earlier listing showed was rewritten after the restart.
    mutating func rewrittenLate() { rewrittenBefore += 1 }

    /// All of it, earlier listings included.
    var overall: RewriteProgress {
        var overall = progress
        let again = min(rewrittenBefore, progress.skipped)
        overall.rewritten += again
        overall.skipped -= again
        return overall
    }
}
