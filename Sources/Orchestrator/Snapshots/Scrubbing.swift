internal import Basics
internal import Transition

/// What `encrypt scrub` did.
public struct Scrubbed: Sendable, Hashable {
    public struct Member: Sendable, Hashable {
        public let endpoint: String
        /// Of its database file, in bytes.
        public let before: Int
        public let after: Int
    }

    /// Nothing of before this revision is kept.
    public let revision: Int64
    public let members: [Member]
}

/// Takes away what etcd keeps of before: old revisions by compacting, and what lies in the free
/// pages of the database files by writing these anew, one member after the other.
public struct Scrubbing: Sendable {
    private let ports: Ports
    private let etcd: any EtcdCarePort
    private let stop: StopSignal
    private let report: EventHandler

    public init(
        ports: Ports, etcd: any EtcdCarePort, stop: StopSignal = StopSignal(),
        report: @escaping EventHandler
    ) {
        self.ports = ports
        self.etcd = etcd
        self.stop = stop
        self.report = report
    }

    public static let command = "orchestrator encrypt scrub"

    /// Whether etcd could be scrubbed now, as far as can be seen without doing it.
    ///
    /// - Throws: `Fault` where a member can't be reached or has no leader.
    public func check() async throws { _ = try await etcd.members() }

    /// - Throws: `Fault`; what was done until then needs no undoing, and running it again goes on.
    public func run() async throws -> Scrubbed {
        let journal = try await ports.journal.load()
        if let restore = journal.restore {
            throw Refusal.restoring(restore).fault(naming: [], to: Scrubbing.command)
        }
        if let operation = journal.operation {
            throw Refusal.unfinished(operation).fault(naming: [], to: Scrubbing.command)
        }
        let lease = ports.lease
        try await stop.interrupting { try await lease.acquire() }
        do {
            let scrubbed = try await scrub()
            await lease.release()
            return scrubbed
        } catch {
            await lease.release()
            throw error
        }
    }

    private func scrub() async throws -> Scrubbed {
        let before = try await etcd.members()
        let revision = try await etcd.compact()
        Failpoint.pass("scrub.compacted")
        report(.step("Compacted etcd's history up to revision \(revision)"))
        // The leader last: while it doesn't serve, another one may have to be elected.
        let order = before.filter { !$0.isLeader } + before.filter(\.isLeader)
        for member in order {
            try stop.check(next: Self.command)
            let lease = ports.lease
            try await stop.interrupting { try await lease.check() }
            try await etcd.defragment(member.endpoint)
            Failpoint.pass("scrub.defragmented")
            report(.step("  defragmented \(member.endpoint)"))
        }
        let after = try await etcd.members()
        return Scrubbed(
            revision: revision,
            members: before.map { member in
                Scrubbed.Member(
                    endpoint: member.endpoint, before: member.databaseSize,
                    after: after.first { $0.endpoint == member.endpoint }?.databaseSize
                        ?? member.databaseSize)
            })
    }
}
