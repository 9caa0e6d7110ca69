public import Basics
internal import Crypto
internal import EncryptionModel
public import Transition

/// The doors through which a workflow reaches the world.
public struct Ports: Sendable {
    public let controlPlane: any ControlPlanePort
    public let kubernetes: any KubernetesPort
    public let evidence: any EvidencePort
    public let journal: any JournalPort
    public let lease: any OperatorLeasePort
    public let stateCopy: any StateCopyPort

    public init(
        controlPlane: any ControlPlanePort, kubernetes: any KubernetesPort,
        evidence: any EvidencePort, journal: any JournalPort, lease: any OperatorLeasePort,
        stateCopy: any StateCopyPort
    ) {
        self.controlPlane = controlPlane
        self.kubernetes = kubernetes
        self.evidence = evidence
        self.journal = journal
        self.lease = lease
        self.stateCopy = stateCopy
    }
}

/// Observe, decide, act, until there is nothing left to do.
///
/// The decision is `Transition.decide`'s alone; this only carries it out, journal first.
public struct Workflow: Sendable {
    let ports: Ports
    let clock: WallClock
    let stop: StopSignal
    /// For how long an interrupted operation waits for the only API server to come back before it
    /// is mended.
    let grace: Duration
    /// No rotation is begun while every key that writes is younger; nil: whatever their age.
    let minimumKeyAge: Duration?
    /// Takes a snapshot before anything planned is begun; nil: none is wanted.
    let snapshotFirst: SnapshotSaving?
    let report: EventHandler

    public init(
        ports: Ports, clock: WallClock = .system, stop: StopSignal = StopSignal(),
        grace: Duration = .seconds(30), minimumKeyAge: Duration? = nil,
        snapshotFirst: SnapshotSaving? = nil, report: @escaping EventHandler
    ) {
        self.ports = ports
        self.clock = clock
        self.stop = stop
        self.grace = grace
        self.minimumKeyAge = minimumKeyAge
        self.snapshotFirst = snapshotFirst
        self.report = report
    }

    /// Makes the cluster what the goal says, after finishing whatever was left unfinished.
    ///
    /// - Throws: `Fault`: `.refused` when nothing was touched because it would not be safe; else
    ///   the message says where it stands. Running the same again continues.
    public func run(_ goal: Goal) async throws -> WorkflowReport {
        var run = try await start(goal)
        do {
            try await run.takeHold(mayMend: true)
            // A restore tells of itself.
            if goal != .restore { run.announceResumption() }
            while try await run.step() {}
        } catch {
            await ports.lease.release()
            throw run.whereItStands(after: Fault(error))
        }
        await ports.lease.release()
        return run.result
    }

    /// While a snapshot is being restored its API servers may be stopped: what is the matter is told
    /// before anybody asks them.
    func start(_ goal: Goal) async throws -> WorkflowRun {
        let journal = try await ports.journal.load()
        if let restore = journal.restore, goal != .restore {
            throw Refusal.restoring(restore).fault(naming: [], to: goal.command)
        }
        return WorkflowRun(
            workflow: self, goal: goal, journal: journal,
            recorded: try await ports.journal.recordedConfig())
    }
}
