internal import Basics
internal import Transition

extension WorkflowRun {
    /// Sees to it that every node can be seen, that the state file is this cluster's, and that no
    /// other operator works on it.
    ///
    /// An interrupted restart may have left the only API server down. With an operation under way
    /// it may then be mended first, and is identified when it answers: until then the nodes' keys
    /// show whose they are.
    mutating func takeHold(mayMend: Bool) async throws {
        let grace = hasWaited ? .zero : workflow.grace
        guard try await isIdentified(mayMend: mayMend, grace: grace) else {
            hasWaited = true
            return
        }
        try await takeLease()
        hasHold = true
    }

    /// Whether the cluster is known to be the state file's. False: none of its servers answers, and
    /// one may be mended first.
    ///
    /// - Parameter grace: for so long a server is given time to come back by itself: another run
    ///   may be restarting it, of which only the Lease would tell.
    mutating func isIdentified(mayMend: Bool, grace: Duration) async throws -> Bool {
        let deadline = ContinuousClock.now + grace
        while true {
            let sights = try await freshSights()
            do {
                try await identifyCluster()
                return true
            } catch let fault as Fault where fault.code != .refused {
                guard !sights.contains(where: \.observation.isReady) else { throw fault }
                guard mayMend, journal.operation != nil else { throw noneServes(fault, sights) }
            }
            guard ContinuousClock.now < deadline else { return false }
            try workflow.stop.check(next: goal.command, standing: "no API server answers yet")
            try await Task.sleep(for: min(.seconds(2), grace))
            self.sights = nil
        }
    }

    /// - Parameter failure: what came of asking the servers.
    private func noneServes(_ failure: Fault, _ sights: [NodeSight]) -> Fault {
        let nodes = sights.map(\.observation)
        let missing = nodes.compactMap { node in
            if case .fileMissing(let path) = node.running { "\(node.node): \(path)" } else { nil }
        }
        // Who can't be reached, or isn't trusted, says so; whose etcd is gone keeps the question.
        let answers = [.timedOut, .remote].contains(failure.code)
        let fault =
            answers || !missing.isEmpty
            ? Refusal.notReady(nodes: nodes.map(\.node))
                .fault(naming: [], to: goal.command, seen: sights) : failure
        guard !missing.isEmpty else { return fault }
        return Fault(
            fault.code, fault.message,
            hint: "The provider config that the server's argument names is gone ("
                + missing.joined(separator: ", ")
                + "). What it was is in the state file, at currentState.encryptionConfig: put it"
                + " back, owned by root with mode 0600, and run \(goal.command) again.",
            node: fault.node)
    }

    private mutating func identifyCluster() async throws {
        let uid = try await ports.kubernetes.clusterUID()
        if let known = journal.clusterUID, known != uid {
            throw Fault(
                .refused,
                "the state file belongs to another cluster: its kube-system namespace has UID"
                    + " \(known), this cluster's has \(uid)",
                hint: "Nothing was touched. Use the cluster.yml and state file of this cluster,"
                    + " or check which cluster the kubeconfig and the nodes belong to.")
        }
        journal.clusterUID = uid
    }

    /// Keeps every other operator of the cluster away until the end of the run.
    private mutating func takeLease() async throws {
        let lease = ports.lease
        try await interruptibly { try await lease.acquire() }
        // Until now another run may have been at work.
        sights = nil
    }
}
