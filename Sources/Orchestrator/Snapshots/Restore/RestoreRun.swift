internal import Basics
internal import Crypto
internal import EncryptionModel
internal import Transition

/// One run of a restore: phase after phase, each of which may have been cut off anywhere before.
struct RestoreRun {
    let restoring: SnapshotRestoring
    var journal: Journal

    init(_ restoring: SnapshotRestoring, _ journal: Journal) {
        self.restoring = restoring
        self.journal = journal
    }

    var nodes: any RestorePort { restoring.restoring }
    var report: EventHandler { restoring.report }

    mutating func finish() async throws -> SnapshotRestored {
        var rewritten = WorkflowReport()
        while let restore = journal.restore {
            try restoring.stop.check(
                next: SnapshotRestoring.command, standing: restore.phase.standing)
            switch restore.phase {
            case .preparing:
                try await prepare(restore)
                try await enter(.swapping)
            case .swapping:
                try await changeOver(restore)
                try await enter(.starting)
            case .starting:
                try await startEtcd()
                try await beginRewriting(restore)
            case .rewriting:
                rewritten = try await rewrite(restore)
                try await enter(.cleaning)
            case .cleaning:
                try await clean(restore)
                return SnapshotRestored(
                    snapshot: restore.snapshot, report: rewritten,
                    readMeanwhile: restore.readMeanwhile, next: Self.next(restore))
            case .returning:
                throw Refusal.restoring(restore).fault(naming: [], to: SnapshotRestoring.command)
            }
        }
        throw Fault(.failed, "there is no restore to go on with")
    }

    mutating func enter(_ phase: Restore.Phase) async throws {
        journal.restore?.phase = phase
        try await save()
        Failpoint.pass("restore.phase.\(phase.rawValue)")
    }

    func save(_ configs: StateConfigs? = nil) async throws {
        try await restoring.ports.journal.save(journal, configs: configs)
    }

    // MARK: Forward

    /// While everything still runs; a snapshot that etcd itself can't restore stops nothing.
    private func prepare(_ restore: Restore) async throws {
        try await refuseOtherOperator()
        try await restoring.ports.refuseUnknownKeys(journal)
        report(.step("Restoring \(restore.snapshot) beside the data in force"))
        let members = try await nodes.members()
        let cluster = members.flatMap { member in
            member.peerURLs.split(separator: ",").map { "\(member.name)=\($0)" }
        }.joined(separator: ",")
        try await checkFile(restore)
        try await everywhere(nodes.etcdNodes, "has it") { [nodes] node in
            try await nodes.prepare(
                restore.snapshot, id: restore.id, cluster: cluster, on: node)
            Failpoint.pass("restore.prepared")
        }
    }

    /// Nobody else may be at work on the cluster. Where no API server answers, only the lock of this
    /// machine tells.
    private func refuseOtherOperator() async throws {
        let lease = restoring.ports.lease
        do {
            try await restoring.stop.interrupting { try await lease.acquire() }
        } catch let fault as Fault where [.refused, .denied, .interrupted].contains(fault.code) {
            throw fault
        } catch {
            report(.detail("no API server answers: \(Fault(error).message)"))
        }
        // It is in the data that is about to be replaced.
        await lease.release()
    }

    /// It must still be the file that was checked, on every node.
    private func checkFile(_ restore: Restore) async throws {
        for answer in await restoring.snapshots.hashes(of: restore.snapshot) {
            guard try answer.result.get() == restore.hash else {
                throw Fault(
                    .discrepancy,
                    "\(restore.snapshot) isn't the file any more that was checked",
                    hint: "Nothing was stopped. orchestrator encrypt abort gives the restore up.",
                    node: answer.node)
            }
        }
    }

    /// From the first stop on the cluster is down, until the first API server is back. A member
    /// with the former data must not serve any more when one with the restored data starts.
    private func changeOver(_ restore: Restore) async throws {
        report(.warning("the cluster is down from now on, until its API servers are back"))
        report(.step("Changing over to the restored data"))
        try await stopEverything()
        try await everywhere(nodes.etcdNodes, "has the restored data in force") { [nodes] node in
            try await nodes.swap(id: restore.id, on: node)
            Failpoint.pass("restore.swapped")
        }
    }

    func stopEverything() async throws {
        try await everywhere(nodes.controlPlaneNodes, "stopped its API server") { [nodes] node in
            try await nodes.stopAPIServer(on: node)
            Failpoint.pass("restore.serverStopped")
        }
        try await everywhere(nodes.etcdNodes, "stopped etcd") { [nodes] node in
            try await nodes.stopEtcd(on: node)
            Failpoint.pass("restore.etcdStopped")
        }
    }

    func startEtcd() async throws {
        report(.step("Starting etcd"))
        try await everywhere(nodes.etcdNodes, "started etcd") { [nodes] node in
            try await nodes.startEtcd(on: node)
            Failpoint.pass("restore.etcdStarted")
        }
        try await nodes.waitUntilHealthy()
        report(.step("  etcd serves"))
    }

    /// From here on the machinery of every other workflow brings the API servers up, one by one,
    /// with a config that reads all there is; rewrites; proves; and takes away what isn't needed.
    private mutating func beginRewriting(_ restore: Restore) async throws {
        let now = restoring.clock.now()
        // Retired keys stay so in the journal: they are in use again only until it is proven that
        // nothing is under them, and when and why they were retired is still to be known then.
        for key in restore.reading?.keys ?? []
        where !journal.keys.contains(where: { $0.key == key }) {
            var record = KeyRecord(key: key, created: now, createdBy: restore.id)
            if restore.readMeanwhile.contains(key) {
                (record.retired, record.retiredBy) = (now, restore.id)
            }
            journal.keys.append(record)
        }
        journal.operation = Operation(
            id: restore.id, kind: .restore, started: restore.started, from: restore.reading,
            to: restore.deployed, stage: .write,
            rewritesAll: restoring.ports.evidence.source == .api)
        journal.restore?.phase = .rewriting
        try await save(StateConfigs(desired: restore.deployed, current: restore.reading))
        Failpoint.pass("restore.phase.rewriting")
    }

    private mutating func rewrite(_ restore: Restore) async throws -> WorkflowReport {
        report(.step("Bringing the API servers back, with a config that reads the snapshot"))
        let workflow = Workflow(
            ports: restoring.ports, clock: restoring.clock, stop: restoring.stop, grace: .zero,
            report: report)
        let result = try await workflow.run(.restore)
        journal = try await restoring.ports.journal.load()
        guard journal.operation == nil else {
            throw Fault(.failed, "the restored cluster wasn't brought to its end")
        }
        return result
    }

    private mutating func clean(_ restore: Restore) async throws {
        try await everywhere(nodes.etcdNodes, "removed the former data") { [nodes] node in
            try await nodes.discardFormer(id: restore.id, on: node)
            Failpoint.pass("restore.discarded")
        }
        journal.restore = nil
        journal.forgetSealedSecrets()
        try await save()
        Failpoint.pass("restore.ended")
    }

    // MARK: Helpers

    /// Does it on all nodes side by side. Where one fails, the others are waited for: what was begun
    /// on a node must not go on there while the next try begins.
    func everywhere(
        _ names: [String], _ told: String, _ body: @escaping @Sendable (String) async throws -> Void
    ) async throws {
        let faults = await withTaskGroup(of: (String, Fault?).self) { group in
            for name in names {
                group.addTask {
                    do {
                        try await body(name)
                        return (name, nil)
                    } catch { return (name, Fault(error).on(node: name)) }
                }
            }
            var faults: [String: Fault] = [:]
            for await (name, fault) in group {
                faults[name] = fault
                if fault == nil { report(.step("  \(name) \(told)")) }
            }
            return faults
        }
        if let first = names.lazy.compactMap({ faults[$0] }).first { throw first }
    }

    private static func next(_ restore: Restore) -> [String] {
        [
            "restart what keeps watching the cluster (kube-controller-manager, kube-scheduler,"
                + " kubelets, operators): to them the cluster has gone back in time",
            "take a fresh etcd snapshot (orchestrator etcd snapshot-save)",
        ]
    }

    /// The same fault, with what the state is and which command goes on.
    func whereItStands(after fault: Fault) -> Fault {
        guard let restore = journal.restore else { return fault }
        let state =
            restore.hasTouched
            ? "The restore of \(restore.snapshot) stands at «\(restore.phase.rawValue)»; the former"
                + " data is kept."
            : "Nothing was stopped yet."
        let hint = [fault.hint, state, restore.howToGoOn].compactMap(\.self)
        return Fault(
            fault.code == .refused && restore.hasTouched ? .failed : fault.code, fault.message,
            hint: hint.joined(separator: "\n"), place: fault.place, node: fault.node,
            cause: fault.cause)
    }
}

extension Restore.Phase {
    /// How the cluster is while a restore stands before it.
    fileprivate var standing: String {
        switch self {
        case .preparing, .cleaning: "every API server is serving"
        case .swapping, .starting, .rewriting, .returning: "API servers and etcd may be stopped"
        }
    }
}
