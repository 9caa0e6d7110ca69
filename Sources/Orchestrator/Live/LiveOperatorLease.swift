internal import Basics
internal import ClusterFiles
internal import Crypto
internal import KubeAPI

/// The Lease `kube-system/orchestrator-encryption`, through whichever API server answers.
actor LiveOperatorLease: OperatorLeasePort {
    private let kubernetes: LiveKubernetes
    /// Nil for a session that only looks.
    private let hold: LeaseHold?
    private var renewal: Task<Void, Never>?

    /// - Parameters:
    ///   - run: who holds the lock of the state file; nil where nobody does.
    ///   - smallWrites: whoever wants one gets a renewal.
    init(
        nodes: [LiveNode], kubernetes: LiveKubernetes, run: LockedRun?, smallWrites: SmallWrites,
        report: @escaping EventHandler
    ) throws {
        self.kubernetes = kubernetes
        let servers = nodes.map { node in
            { @Sendable () async throws -> APIServer in try await node.apiServer() }
        }
        hold = try run.map { run in
            let claim = LeaseClaim(
                holder: run.holder, run: try randomIdentifier(), lockFile: run.lockFile)
            return LeaseHold(
                .encryption, claim: claim, servers: servers, smallWrites: smallWrites
            ) { news in
                switch news {
                case .warning(let text): report(.warning(text))
                case .detail(let text): report(.detail(text))
                }
            }
        }
    }

    func acquire() async throws {
        guard let hold else {
            throw Fault(.failed, "the lease is to be taken without the state file's lock")
        }
        guard renewal == nil else { return }
        try await hold.acquire()
        renewal = Task {
            var pause = LeaseTerms().renewal
            // Ends when it is cancelled, which ends the sleep.
            while (try? await Task.sleep(for: pause)) != nil { pause = await hold.renew() }
        }
    }

    func check() async throws { try await hold?.check() }

    func release() async {
        renewal?.cancel()
        await renewal?.value
        renewal = nil
        guard let hold else { return }
        // The run may end because its task was cancelled; the Lease is to be let go all the same.
        await Task { await hold.release() }.value
    }

    func holder() async throws -> LeaseHolder? {
        let record = try await kubernetes.lease(.encryption)?.record
        return record.flatMap { record in
            record.holder.map {
                LeaseHolder(holder: $0, since: record.acquired, renewed: record.renewed)
            }
        }
    }
}
