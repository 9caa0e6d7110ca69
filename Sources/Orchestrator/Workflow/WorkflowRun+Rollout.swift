internal import Basics
internal import EncryptionModel
internal import Transition

// Nodes brought to a stage: by a restart, or by a file that the server loads.

extension WorkflowRun {
    mutating func rollOut(_ node: String, _ stage: Stage) async throws {
        try noteRollout([node], stage.name)
        workflow.report(.rollingOut(node: node, address: address(of: node), stage.name))
        sights = nil
        Failpoint.pass("rollout.node")
        let outcome = try await ports.controlPlane.bring(node, to: stage.config)
        Failpoint.pass("rollout.node.confirmed")
        try await record(outcome, on: node, stage.name)
    }

    /// All side by side, each recorded as soon as it is confirmed. Every one is waited for, also
    /// when another has failed: what a server was seen to run with isn't forgotten for that.
    ///
    /// - Throws: the fault of the first node, in the order of cluster.yml, that had one.
    mutating func reload(_ nodes: [String], _ stage: Stage) async throws {
        guard let config = stage.config else {
            throw Fault(.failed, "stage \(stage.name.rawValue) has no provider config to be loaded")
        }
        try noteRollout(nodes, stage.name)
        workflow.report(.reloading(nodes: nodes, stage.name))
        sights = nil
        Failpoint.pass("reload.nodes")
        let controlPlane = ports.controlPlane
        var faults: [String: Fault] = [:]
        var late: Set<String> = []
        await withTaskGroup(of: ReloadEnd.self) { group in
            for node in nodes {
                group.addTask { await .init(of: node, to: config, by: controlPlane) }
            }
            for await end in group {
                switch end.outcome {
                case .confirmed(let result):
                    Failpoint.pass("reload.node.confirmed")
                    do {
                        try await record(result, on: end.node, stage.name)
                    } catch {
                        faults[end.node] = Fault(error).on(node: end.node)
                    }
                case .late: late.insert(end.node)
                case .failed(let fault): faults[end.node] = fault.on(node: end.node)
                }
            }
        }
        let fault = nodes.lazy.compactMap { faults[$0] }.first
        for node in nodes where late.contains(node) {
            warn(ofLate: node, isRestarted: fault == nil)
        }
        if let fault { throw fault }
    }

    private func warn(ofLate node: String, isRestarted: Bool) {
        workflow.report(
            .warning(
                "\(node): kube-apiserver didn't load the provider config by itself within the time"
                    + " that takes" + (isRestarted ? "; it is restarted now" : "")))
    }

    /// What was seen is in the journal, on the disk, before anybody is told of it.
    private mutating func record(
        _ outcome: RolloutResult, on node: String, _ stage: StageName
    ) async throws {
        let confirmation = Confirmation(
            stage: stage, node: node, configSHA256: outcome.configSHA256,
            method: outcome.confirmedBy, at: workflow.clock.now())
        journal.operation?.confirmations.removeAll { $0.stage == stage && $0.node == node }
        journal.operation?.confirmations.append(confirmation)
        try await save()
        let address = address(of: node)
        current?.rolledOut(stage, .init(name: node, address: address, result: outcome))
        workflow.report(.rolledOut(node: node, address: address, stage, outcome))
    }

    private func address(of node: String) -> String {
        ports.controlPlane.nodes.first { $0.name == node }?.address ?? node
    }

    /// A server that was brought to a stage and isn't seen there would be restarted for ever, or
    /// given its file.
    private mutating func noteRollout(_ nodes: [String], _ stage: StageName) throws {
        let former = lastRollout.flatMap { $0.stage == stage ? $0.times : nil } ?? [:]
        let times = Dictionary(
            nodes.map { ($0, (former[$0] ?? 0) + 1) }, uniquingKeysWith: { first, _ in first })
        lastRollout = (stage, times)
        guard let node = nodes.first(where: { times[$0, default: 0] > Self.mostRounds }) else {
            return
        }
        throw Fault(
            .discrepancy,
            "the API server was brought to stage \(stage.rawValue) \(Self.mostRounds) times, and"
                + " is not seen to have loaded its provider config",
            hint: "Look at the node's clock (a provider config from the future is never loaded"
                + " yet) and at who else writes the file.", node: node)
    }
}

/// How the reload of one server ended.
private struct ReloadEnd: Sendable {
    enum Outcome {
        case confirmed(RolloutResult)
        /// It may have the file, and only a restart makes sure.
        case late
        case failed(Fault)
    }

    let node: String
    let outcome: Outcome

    init(of node: String, to config: ProviderConfig, by controlPlane: any ControlPlanePort) async {
        self.node = node
        do {
            outcome =
                try await controlPlane.reload(node, to: config).map(Outcome.confirmed) ?? .late
        } catch {
            outcome = .failed(Fault(error))
        }
    }
}
