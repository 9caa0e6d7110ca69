internal import Basics
internal import EncryptionModel

extension LeaseHold {
    /// Each is another writer's success; more than a few in a row are a mistake.
    private static let mostSetbacks = 5

    /// Takes the Lease. Where another holds it, looks until its record moves, or has stood still
    /// for its duration.
    ///
    /// - Throws: `Fault`: `.refused` where another run is alive, naming it, or where the Lease
    ///   can't be had though nobody holds it; `.denied` where we may not; else what keeps the
    ///   servers from answering.
    public func acquire() async throws {
        guard case .idle = state else { return }
        try await checkRights()
        var (watch, setbacks) = (LeaseWatch(), 0)
        while case .idle = state {
            guard let (found, asked) = try await look(&watch) else { continue }
            let verdict = watch.judge(
                found?.record, by: claim, asked: asked, answered: clock.now())
            switch verdict {
            case .free: try await take(found, &setbacks)
            case .ours:
                if let found { try await confirm(found, &setbacks) }
            case .dead(let former, let proof):
                if setbacks == 0 { report(.warning(told(former, proof))) }
                try await take(found, &setbacks)
            case .alive(let record), .ended(let record): throw refusal(verdict, record)
            case .unknown(let record, let remaining):
                tell(record, remaining)
                try await clock.sleep(min(terms.pause, remaining))
            }
        }
        report(.detail("holding \(name)"))
    }

    /// Nil where no server could be asked this time, after a pause.
    private func look(_ watch: inout LeaseWatch) async throws -> (Lease?, asked: Duration)? {
        let start = clock.now()
        while true {
            let asked = clock.now()
            do {
                return (try await servers.ask { [name] in try await $0.lease(name) }, asked)
            } catch {
                // The holder that is watched may be restarting the only server.
                let fault = Fault(error)
                guard watch.isWatching, fault.code != .denied, fault.code != .interrupted,
                    clock.now() - start < terms.patience
                else { throw fault }
                watch.interrupt()
                try await clock.sleep(terms.pause)
            }
        }
    }

    private func take(_ found: Lease?, _ setbacks: inout Int) async throws {
        let now = wallClock.now()
        let seconds = Int(terms.duration.components.seconds)
        let (name, claim) = (name, claim)
        Failpoint.pass("lease.take")
        try await obtain(&setbacks) { server in
            guard let found else {
                return try await server.createLease(
                    name, .take(claim, seconds: seconds, transitions: 0, at: now))
            }
            let transitions = min(max(found.record.transitions, 0), Int(Int32.max) - 1) + 1
            return try await server.updateLease(
                name, .take(claim, seconds: seconds, transitions: transitions, at: now),
                ifStill: found.version)
        }
        if case .held = state { Failpoint.pass("lease.taken") }
    }

    /// Renews what we took without learning of it. Others count from that moment, which was before
    /// we saw it; from a renewal both count alike.
    private func confirm(_ found: Lease, _ setbacks: inout Int) async throws {
        let (name, now) = (name, wallClock.now())
        try await obtain(&setbacks) { server in
            try await server.updateLease(name, .renew(at: now), ifStill: found.version)
        }
    }

    /// Leaves the state as it is where somebody else was faster; the next look, after a pause,
    /// shows who.
    private func obtain(
        _ setbacks: inout Int, _ write: @escaping @Sendable (APIServer) async throws -> Lease
    ) async throws {
        let asked = clock.now()
        do {
            let lease = try await servers.ask(write)
            state = .held(version: lease.version, renewed: asked)
        } catch let fault as Fault where fault.isMissedWrite {
            setbacks += 1
            guard setbacks < Self.mostSetbacks else { throw refusal(after: setbacks, fault) }
            try await clock.sleep(terms.pause)
        }
    }

    private func checkRights() async throws {
        let lacking = try await servers.ask { [name] server in
            try await server.rightsLacking(
                ["get", "create", "patch"],
                on: GroupResource(resource: "leases", group: LeaseName.group),
                in: name.namespace)
        }
        guard lacking.isEmpty else {
            throw Fault(
                .denied,
                "the kubeconfig's user may not \(lacking.joined(separator: " or ")) leases in"
                    + " namespace \(name.namespace), which keeps two runs from working at once",
                hint: "Nothing was touched. Use an administrator's kubeconfig (--kubeconfig), or"
                    + " grant these rights by a Role there.")
        }
    }

    private func tell(_ record: Lease.Record, _ remaining: Duration) {
        guard remaining == record.duration else { return }
        report(
            .warning(
                "\(name) is held by \(record.told); looking for up to \(record.durationSeconds) s"
                    + " whether that run is alive"))
    }

    private func told(_ former: Lease.Record, _ proof: LeaseWatch.Proof) -> String {
        let why =
            switch proof {
            case .expired:
                "has not renewed it for \(former.durationSeconds) s and counts as dead"
            case .sameLock: "is dead, since this run has its lock file"
            }
        return "\(name) is taken over: \(former.told), \(why)"
    }

    private func refusal(_ verdict: LeaseWatch.Verdict, _ record: Lease.Record) -> Fault {
        guard case .ended = verdict else {
            return Fault(
                .refused, "another run is under way on this cluster: \(record.told)",
                hint: "Nothing was touched. Wait for it to end, or end it; orchestrator encrypt"
                    + " status shows who holds \(name).")
        }
        return Fault(
            .refused,
            "another run was under way on this cluster until a moment ago: \(record.told)",
            hint: "Nothing was touched. See what it did (orchestrator encrypt status); then run"
                + " this again where it is still needed.")
    }

    private func refusal(after setbacks: Int, _ last: Fault) -> Fault {
        Fault(
            .refused,
            "\(name) was found to be free to take, and taking it failed, \(setbacks) times in a"
                + " row; at last: \(last.message)",
            hint: "Nothing was touched. Find out what else writes it (kubectl -n \(name.namespace)"
                + " get lease \(name.name) --watch -o yaml); then run this again.",
            node: last.node, cause: last)
    }
}
