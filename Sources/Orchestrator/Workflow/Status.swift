public import Basics
public import EncryptionModel
public import Transition

/// `encrypt status`: what is where, and the one next command.
public struct StatusReport: Sendable {
    public let nodes: [NodeLook]
    /// What every API server should run with now: the stage of the operation under way, or what
    /// is recorded outside of one.
    public let expected: RecordedConfig
    /// The operation under way; nil when there is none.
    public let operation: Operation?
    /// The snapshot that is being restored; nil when there is none.
    public let restore: Restore?
    /// The run that is at work on the cluster, here or elsewhere: who holds its Lease, nil where
    /// nobody does; a fault where that can't be told.
    public let lease: Result<LeaseHolder?, Fault>
    public let keys: [KeyRecord]
    /// Whose age matters: the key that writes on the servers; nil without encryption.
    public let activeKey: LocalKey?
    public let activeKeyAge: Duration?
    /// What keeps the cluster from being as it should be; empty: all is well.
    public let findings: [String]
    public let next: [String]

    public var isAsItShouldBe: Bool { findings.isEmpty }

    /// Whether the node runs with what is expected; nil where that isn't known.
    public func isAsExpected(_ sight: NodeSight) -> Bool? {
        guard case .known(let config) = expected else { return nil }
        return sight.observation.runs(with: config)
    }
}

/// Looks at every node, also where some can't be reached; touches nothing.
public struct Status: Sendable {
    private let ports: Ports
    private let wanted: Wanted
    private let clock: WallClock

    public init(ports: Ports, wanted: Wanted, clock: WallClock = .system) {
        self.ports = ports
        self.wanted = wanted
        self.clock = clock
    }

    public func run() async throws -> StatusReport {
        let journal = try await ports.journal.load()
        async let leaseLook = lease()
        let looks = await ports.controlPlane.look()
        let sights = looks.compactMap { try? $0.result.get() }
        let config = sights.lazy.compactMap(\.observation.running.loaded).first
        let active = config?.rules.lazy.compactMap(\.chain.writer.localKey).first
        let created = journal.keys.first { $0.key == active }?.created
        let expected = try await expected(journal)
        let findings = findings(looks, journal: journal, deployed: config, expected: expected)
        return StatusReport(
            nodes: looks, expected: expected, operation: journal.operation,
            restore: journal.restore, lease: await leaseLook,
            keys: journal.keys, activeKey: active,
            activeKeyAge: created.map { clock.now().since($0) }, findings: findings,
            next: next(journal, expected, findings, looks))
    }

    private func expected(_ journal: Journal) async throws -> RecordedConfig {
        guard let operation = journal.operation else {
            return try await ports.journal.recordedConfig()
        }
        return .known(operation.deployed)
    }

    private func lease() async -> Result<LeaseHolder?, Fault> {
        do { return .success(try await ports.lease.holder()) } catch {
            return .failure(Fault(error))
        }
    }

    private func findings(
        _ looks: [NodeLook], journal: Journal, deployed: ProviderConfig?, expected: RecordedConfig
    ) -> [String] {
        let isEncrypted = looks.compactMap { try? $0.result.get() }
            .mayHoldEncrypted(journal, expected: expected)
        var findings: [String] = looks.compactMap { look in
            switch look.result {
            case .failure(let fault): "\(look.node): \(fault.message)"
            case .success(let sight): sight.finding(whereEncrypted: isEncrypted)
            }
        }
        let running = Set(looks.compactMap { try? $0.result.get().observation.running })
        if running.count > 1 {
            findings.append("the API servers don't run with the same provider config")
        }
        if journal.operation == nil, journal.restore == nil, case .known(let config) = expected,
            running.count == 1,
            !looks.contains(where: { (try? $0.result.get().observation.runs(with: config)) ?? true }
            )
        {
            findings.append("the API servers run with another provider config than is recorded")
        }
        if let restore = journal.restore {
            findings.append(
                "the restore of \(restore.snapshot) of \(restore.started) is unfinished"
                    + " (\(restore.phase.rawValue))")
        } else if let operation = journal.operation {
            findings.append("\(operation.kind.rawValue) of \(operation.started) is unfinished")
        } else if running.count == 1 {
            switch (wanted.target(from: deployed, keys: journal.keys), deployed) {
            case (nil, _): break
            case (.nothing, _): findings.append("cluster.yml wants no encryption")
            case (_, nil): findings.append("cluster.yml wants encryption")
            case (_, .some): findings.append("cluster.yml wants another encryption")
            }
        }
        return findings
    }

    private func next(
        _ journal: Journal, _ expected: RecordedConfig, _ findings: [String], _ looks: [NodeLook]
    ) -> [String] {
        let faults = looks.compactMap { look -> Fault? in
            if case .failure(let fault) = look.result { fault } else { nil }
        }
        if let restore = journal.restore { return [restore.howToGoOn] }
        if let hint = faults.lazy.compactMap(\.hint).first { return [hint] }
        if journal.operation?.kind == .rotateKey {
            return ["orchestrator encrypt rotate-key (or orchestrator up) finishes the rotation"]
        }
        if journal.operation?.kind == .abort {
            return ["orchestrator encrypt abort finishes the way back"]
        }
        if journal.operation == nil, let next = atNodes(looks, expected) { return [next] }
        return findings.isEmpty ? [] : ["orchestrator up"]
    }

    /// Where every server has what it should, `up` would begin nothing while one isn't ready, and
    /// leave a file alone that no server reads.
    private func atNodes(_ looks: [NodeLook], _ expected: RecordedConfig) -> String? {
        let config: ProviderConfig? = if case .known(let config) = expected { config } else { nil }
        let sights = looks.compactMap { try? $0.result.get() }
        guard sights.allSatisfy({ $0.observation.runs(with: config) }) else { return nil }
        if let sight = sights.first(where: { !$0.observation.isReady }) {
            return "mend the API server on \(sight.observation.node) (its log on the node:"
                + " \(sight.serverLog))"
        }
        guard wanted == .plaintext,
            let sight = sights.first(where: \.observation.hasAbandonedFile)
        else { return nil }
        return "keep a copy of the provider config on \(sight.observation.node), whose keys a"
            + " snapshot may need, and remove it from there"
    }
}
