internal import Basics
internal import ClusterFiles
internal import EncryptionModel
internal import KubeAPI
internal import Transition

/// The Kubernetes API through all the control-plane servers.
struct LiveKubernetes: KubernetesPort {
    private let nodes: [LiveNode]
    private let options: RewriteOptions
    private let smallWrites: SmallWrites
    private let offer = OfferCache()

    /// - Parameters:
    ///   - limits: of this run; what they leave open is as the settings say.
    ///   - smallWrites: as the holder of the Lease finds them.
    init(
        nodes: [LiveNode], settings: OrchestratorSettings.Rewrite, limits: RewriteLimits,
        smallWrites: SmallWrites
    ) {
        self.nodes = nodes
        self.smallWrites = smallWrites
        let greatest = limits.maxInFlight ?? settings.concurrency
        options = RewriteOptions(
            qps: (limits.qps ?? settings.qps).map(Double.init),
            concurrency: greatest ?? RewriteOptions.usualConcurrency,
            pace: limits.pace.map(RewritePace.init) ?? RewritePace(settings.pace))
    }

    /// Asked side by side, because a server without etcd's quorum keeps the question.
    func clusterUID() async throws -> String {
        try await soonestAnswer(of: servers) { try await $0.clusterUID() }
    }

    func lease(_ name: LeaseName) async throws -> Lease? {
        try await anyServer { try await $0.lease(name) }
    }

    func secretValue(_ name: SecretValueName) async throws -> SecretValue? {
        try await anyServer { try await $0.secretValue(name) }
    }

    func replaceSecretValue(
        _ name: SecretValueName, with bytes: SecretBytes, ifStill version: ResourceVersion
    ) async throws {
        try await anyServer {
            try await $0.replaceSecretValue(name, with: bytes, ifStill: version)
        }
    }

    func advertisedServers() async throws -> Set<String> {
        try await anyServer { try await $0.advertisedServers() }
    }

    func resources(matching patterns: [ResourcePattern]) async throws -> [GroupResource] {
        // What a name stands for stays what it is; under a wildcard there may be something new.
        let anew = patterns.contains(where: \.isWildcard)
        let discovery = try await anew ? discoveryAnew() : discovery()
        let served = try patterns.flatMap { try discovery.resources(matching: $0).map(\.name) }
        return Set(served).sorted()
    }

    func checkRights(toRewrite resources: [GroupResource]) async throws {
        for resource in resources {
            let served = try await served(resource)
            let lacking = try await anyServer { try await $0.rightsLacking(toRewrite: served) }
            guard lacking.isEmpty else {
                throw Fault(
                    .denied,
                    "the kubeconfig's user may not \(lacking.joined(separator: " or ")) \(resource)"
                        + " in all namespaces",
                    hint:
                        "Nothing was touched. Use an administrator's kubeconfig (--kubeconfig), or"
                        + " grant these rights by a ClusterRole.")
            }
        }
    }

    func watermark(of resource: GroupResource) async throws -> ResourceVersion {
        try await rewriter().watermark(of: try await served(resource))
    }

    func rewrite(
        _ resource: GroupResource, above watermark: ResourceVersion,
        progress: @escaping @Sendable (RewriteProgress) -> Void
    ) async throws -> RewriteResult {
        let outcome = try await rewriter().rewrite(
            try await served(resource), watermark: watermark
        ) { step in
            progress(
                RewriteProgress(
                    resource: step.resource, done: step.done, total: step.total,
                    failed: step.failed, retries: step.retries,
                    servers: step.servers.map { .init(node: $0.node, answers: $0.answers) }))
        }
        return RewriteResult(
            resource: outcome.resource, objects: outcome.objects, rewritten: outcome.rewritten,
            skipped: outcome.skipped + outcome.unchanged,
            failed: outcome.failed.map { RewriteFailure(object: $0.object, reason: $0.reason) },
            failureCount: outcome.failedCount, seconds: outcome.duration / .seconds(1),
            bytesSent: outcome.bytesSent, bytesReceived: outcome.bytesReceived)
    }

    private func served(_ resource: GroupResource) async throws -> ServedResource {
        try await discovery().resource(resource)
    }

    private func discovery() async throws -> Discovery {
        if let known = await offer.discovery { return known }
        return try await discoveryAnew()
    }

    private func discoveryAnew() async throws -> Discovery {
        let found = try await anyServer { try await $0.discovery() }
        await offer.keep(found)
        return found
    }

    private func rewriter() async throws -> Rewriter {
        var servers: [APIServer] = []
        for node in nodes { servers.append(try await node.apiServer()) }
        return Rewriter(servers: servers, options: options, smallWrites: smallWrites)
    }

    private func anyServer<Answer: Sendable>(
        _ ask: @Sendable (APIServer) async throws -> Answer
    ) async throws -> Answer {
        try await firstAnswer(of: servers, to: ask)
    }

    private var servers: [ServerToAsk] {
        nodes.map { node in ServerToAsk(node: node.name) { try await node.apiServer() } }
    }
}

/// What the API offers, as it was when it was asked last.
private actor OfferCache {
    private(set) var discovery: Discovery?

    func keep(_ discovery: Discovery) { self.discovery = discovery }
}

extension RewritePace {
    fileprivate init(_ pace: OrchestratorSettings.Pace) {
        switch pace {
        case .auto: self = .auto
        case .gentle: self = .gentle
        case .fast: self = .fast
        }
    }

    fileprivate init(_ pace: RewriteLimits.Pace) {
        switch pace {
        case .gentle: self = .gentle
        case .fast: self = .fast
        }
    }
}
