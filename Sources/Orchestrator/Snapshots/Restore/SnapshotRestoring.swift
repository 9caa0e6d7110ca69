public import Basics
internal import ControlPlane
internal import Crypto
public import EncryptionModel
public import Transition

/// What `etcd snapshot-restore` did.
public struct SnapshotRestored: Sendable {
    public let snapshot: String
    public let report: WorkflowReport
    /// Keys that were in use for the time of it only.
    public let readMeanwhile: [LocalKey]
    public let next: [String]
}

/// Brings a cluster back to a snapshot: checked before anything is stopped, journaled at every
/// step, the former data kept until everything restored is proven to be readable.
public struct SnapshotRestoring: Sendable {
    let ports: Ports
    let snapshots: any SnapshotPort
    let restoring: any RestorePort
    let clock: WallClock
    let stop: StopSignal
    let report: EventHandler

    public init(
        ports: Ports, snapshots: any SnapshotPort, restoring: any RestorePort,
        clock: WallClock = .system, stop: StopSignal = StopSignal(), report: @escaping EventHandler
    ) {
        self.ports = ports
        self.snapshots = snapshots
        self.restoring = restoring
        self.clock = clock
        self.stop = stop
        self.report = report
    }

    static let command = "orchestrator etcd snapshot-restore"

    /// The restore that an earlier run has begun.
    ///
    /// - Parameter name: what is asked for now; nil: whatever is unfinished.
    /// - Returns: nil where none is under way.
    /// - Throws: `Fault(.refused)` where it is another than asked for, or is being given up;
    ///   `.usage` where none is under way and none is asked for.
    public func unfinished(_ name: String?) async throws -> Restore? {
        guard let restore = try await ports.journal.load().restore else {
            guard name == nil else { return nil }
            throw Fault(.usage, "which snapshot is to be restored? (--name)")
        }
        let isAnother = name.map { $0 != restore.snapshot } ?? false
        guard !isAnother, restore.phase != .returning else {
            throw Refusal.restoring(restore).fault(naming: [], to: SnapshotRestoring.command)
        }
        return restore
    }

    /// Looks at everything that could keep it from being restored. Touches nothing.
    ///
    /// - Parameter passphrase: asked for where sealed keys are needed.
    /// - Throws: `Fault`, `.refused` with what is in the way.
    public func check(
        _ name: String, passphrase: @escaping PassphrasePrompt = { nil }
    ) async throws -> RestorePlan {
        let journal = try await ports.journal.load()
        if let restore = journal.restore {
            throw Refusal.restoring(restore).fault(naming: [], to: SnapshotRestoring.command)
        }
        // RKE's archives are called NAME.zip.
        let name = name.hasSuffix(".zip") ? String(name.dropLast(4)) : name
        return try await RestoreCheck(
            ports: ports, snapshots: snapshots, restoring: restoring, passphrase: passphrase,
            report: report
        ).run(try SnapshotName(name).text, journal)
    }

    /// Begins what the plan says, and brings it to its end.
    public func run(_ plan: RestorePlan) async throws -> SnapshotRestored {
        var journal = try await ports.journal.load()
        journal.restore = Restore(
            id: try randomIdentifier(bytes: 6), snapshot: plan.snapshot, hash: plan.hash,
            started: clock.now(), deployed: plan.deployed, reading: plan.reading)
        for node in plan.missingOn {
            try await snapshots.put(
                try plan.file.reopened(), as: plan.snapshot, hash: plan.hash,
                on: node
            ) { report(.working("putting \(plan.snapshot) on \(node)", part: $0)) }
        }
        try await ports.journal.save(journal, configs: nil)
        Failpoint.pass("restore.begun")
        return try await resume()
    }

    /// Goes on with the restore under way.
    public func resume() async throws -> SnapshotRestored {
        var run = RestoreRun(self, try await ports.journal.load())
        do {
            return try await run.finish()
        } catch {
            throw run.whereItStands(after: Fault(error))
        }
    }

    /// - Throws: `Fault(.refused)` where all is restored and proven, and only cleaning is left.
    public func checkCanBeGivenUp(_ restore: Restore) throws {
        guard !restore.canBeGivenUp else { return }
        throw Fault(
            .refused, "the restore of \(restore.snapshot) has succeeded already",
            hint: "Nothing was touched. \(Self.command) finishes it.")
    }

    /// Puts back what was before the restore under way.
    public func giveUp() async throws -> Restore {
        let journal = try await ports.journal.load()
        if let restore = journal.restore { try checkCanBeGivenUp(restore) }
        var run = RestoreRun(self, journal)
        do {
            return try await run.giveUp()
        } catch {
            throw run.whereItStands(after: Fault(error))
        }
    }
}

extension Restore {
    /// Keys that the API servers have for the time of it only.
    var readMeanwhile: [LocalKey] {
        (reading?.keys ?? []).filter { !(deployed?.keys ?? []).contains($0) }
    }

    /// The one next command.
    var howToGoOn: String {
        switch phase {
        case .returning: "orchestrator encrypt abort goes on with putting back what was before."
        case .cleaning: "\(SnapshotRestoring.command) finishes it."
        default:
            "\(SnapshotRestoring.command) goes on with it; orchestrator encrypt abort puts back"
                + " what was before."
        }
    }
}
