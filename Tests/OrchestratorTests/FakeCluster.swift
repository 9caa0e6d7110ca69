import Basics
import EncryptionModel
import Orchestrator
import Synchronization
import Transition

/// A cluster in memory behind all four doors, with faults on demand. Its servers follow the rules
/// of kube-apiserver: the first provider writes, and what none of them reads is an error.
final class FakeCluster: Sendable {
    struct Server {
        var config: ProviderConfig?
        var restarts = 0
        var isReady = true
        var hasLeftovers = false
        /// What is seen of it, where that isn't what it runs with.
        var seen: NodeObservation.Running?
        /// Keys of a file that the server isn't told of.
        var abandoned: [LocalKey] = []
        var reloading = NodeObservation.Reloading.unavailable
        var reloads = 0
        /// A file that lies there and that it will load by itself, unless it is too slow.
        var pushed: ProviderConfig?
        /// It refuses every file that it is to load by itself.
        var refusesFiles = false
        /// Nobody waits long enough for it to reload.
        var isSlow = false
    }

    struct Object {
        var writer: ProviderEntry
        var version: Int
    }

    struct State {
        var servers: [Server]
        var objects: [String: Object] = [:]
        var revision = 1
        var saved = Journal()
        var configs: StateConfigs?
        /// That RKE's members have besides.
        var recordedKeys: [LocalKey] = []
        var saves = 0
        /// So many of the next ones fail.
        var failingSaves = 0
        var uid = "uid-1"
        /// API servers that cluster.yml doesn't name; nil where nobody tells.
        var unlisted: Int? = 0
        /// Counts effects; the one with this number fails, before (even) or after it took hold.
        var effects = 0
        var failingEffect: Int?
        var failsAfterwards = false
        /// That effect is the last: as when the run is killed there.
        var dies = false
        /// So many reloads have to be under way at once before any of them ends.
        var reloadsAtOnce = 1
        var reloadsBegun = 0
        /// How long a server works at a request at the most.
        var requestTimeout = Duration.zero
        var unreachable: String?
        /// So many looks from the nth on show no server ready, as after a sleep.
        var blindLooks: (first: Int, count: Int)?
        var looks = 0
        var stubborn: Set<String> = []
        var lacksRights = false
        /// No API server answers.
        var isDown = false
        /// Resources that the API doesn't serve.
        var unserved: Set<GroupResource> = []
        /// What is stored of other resources than Secrets, in plaintext.
        var besides: [GroupResource: Int] = [:]
        /// Servers lost their configs, so the invariant can't hold before they have them again.
        var isBroken = false
        /// Written in plaintext by somebody right after each rewrite, so many times.
        var lateWrites = 0
        /// A client writes one object just before each watermark.
        var writesBeforeWatermark = false
        var lease = FakeLease()
        /// RKE's copy of the state file; nil: the cluster has none.
        var copy: StateConfigs?
        var copyVersion = 0
        var copyWrites = 0
        /// Why no server would start with a new config.
        var obstacle: String?
        /// Throws at each reading or writing of it, or `.conflict` at so many writes.
        var copyIsUnreadable = false
        var copyIsUnwritable = false
        var copyConflicts = 0
    }

    let state: Mutex<State>

    init(servers: Int = 3, objects: Int = 10) {
        var state = State(servers: Array(repeating: Server(), count: servers))
        for number in 0..<objects {
            state.revision += 1
            state.objects["default/s\(number)"] = Object(writer: .identity, version: state.revision)
        }
        self.state = Mutex(state)
    }

    var ports: Ports {
        Ports(
            controlPlane: self, kubernetes: self, evidence: self, journal: self, lease: self,
            stateCopy: self)
    }

    func with<Result>(_ body: (inout State) throws -> sending Result) rethrows -> sending Result {
        try state.withLock(body)
    }

    /// Runs `body` as one effect on the world, which may fail on either side of it.
    func effect<Result>(
        _ what: String, _ body: (inout State) throws -> sending Result
    ) throws -> sending Result {
        try state.withLock { state in
            state.effects += 1
            if !state.lease.isHeld { state.lease.effectsWithout.append(what) }
            let fails = state.failingEffect == state.effects
            let isDead = state.dies && state.failingEffect.map { $0 < state.effects } == true
            if isDead || (fails && !state.failsAfterwards) {
                throw Fault(.unreachable, "cut before \(what)")
            }
            let result = try body(&state)
            if fails { throw Fault(.unreachable, "cut after \(what)") }
            return result
        }
    }
}

extension FakeCluster: ControlPlanePort {
    func preflight(_ config: ProviderConfig) async throws {
        try with { state in
            if let problem = state.obstacle { throw Fault(.refused, problem) }
        }
    }

    var nodes: [(name: String, address: String)] {
        with { $0.servers.indices.map { ("n\($0)", "198.18.0.\($0 + 1)") } }
    }

    func look() async -> [NodeLook] {
        with { state in
            state.looks += 1
            let isBlind = state.blindLooks.map {
                ($0.first..<$0.first + $0.count).contains(state.looks)
            }
            return state.servers.enumerated().map { index, server in
                let name = "n\(index)"
                if state.unreachable == name {
                    let fault = Fault(
                        .unreachable, "no route", hint: "Mend the network.", node: name)
                    return NodeLook(node: name, address: "a", result: .failure(fault))
                }
                let running: NodeObservation.Running =
                    server.seen ?? server.config.map { .config($0) } ?? .unconfigured
                let observation = NodeObservation(
                    node: name, running: running,
                    hasAbandonedFile: running == .unconfigured && !server.abandoned.isEmpty,
                    hasLeftovers: server.hasLeftovers,
                    isReady: server.isReady && isBlind != true, reloading: server.reloading)
                return NodeLook(
                    node: name, address: "a",
                    result: .success(
                        NodeSight(
                            observation: observation, address: "a",
                            keys: server.config?.keys ?? server.abandoned,
                            requestTimeout: state.requestTimeout)))
            }
        }
    }

    func bring(_ node: String, to config: ProviderConfig?) async throws -> RolloutResult {
        try effect("bring \(node)") { state in
            guard let index = state.servers.indices.first(where: { "n\($0)" == node }) else {
                throw Fault(.notFound, "no such node")
            }
            if state.servers[index].config != config { state.servers[index].restarts += 1 }
            state.servers[index].config = config
            state.servers[index].isReady = true
            state.servers[index].seen = nil
            state.servers[index].hasLeftovers = false
            state.servers[index].abandoned = []
            state.servers[index].pushed = nil
            if state.servers[index].isSlow {
                state.servers[index].reloading = .available
            } else if state.servers[index].reloading != .unavailable {
                state.servers[index].reloading = config == nil ? .offered : .available
            }
            state.isDown = false
            try Self.checkInvariant(state)
            return RolloutResult(configSHA256: nil, confirmedBy: .restart, seconds: 0)
        }
    }

    func reload(_ node: String, to config: ProviderConfig) async throws -> RolloutResult? {
        let index = try effect("push \(node)") { state in
            guard let index = state.servers.indices.first(where: { "n\($0)" == node }),
                state.servers[index].reloading == .available, state.servers[index].config != nil
            else { throw Fault(.failed, "\(node) can't reload") }
            if state.servers[index].refusesFiles {
                throw Fault(.remote, "the server refuses the file; the former one is back")
            }
            state.servers[index].pushed = config
            state.servers[index].seen = .notLoaded(config)
            return index
        }
        try await waitForOthers()
        return try effect("load \(node)") { state in
            guard !state.servers[index].isSlow else {
                state.servers[index].reloading = .unavailable
                return nil
            }
            Self.load(index, in: &state)
            try Self.checkInvariant(state)
            return RolloutResult(
                configSHA256: nil, confirmedBy: .metric, seconds: 0, restarted: false)
        }
    }

    private func waitForOthers() async throws {
        with { $0.reloadsBegun += 1 }
        let deadline = ContinuousClock.now + .seconds(10)
        while with({ $0.reloadsBegun < $0.reloadsAtOnce }) {
            guard ContinuousClock.now < deadline else {
                throw Fault(.failed, "the others were not begun")
            }
            await Task.yield()
        }
    }

    /// Whoever waits for it.
    static func load(_ index: Int, in state: inout State) {
        guard let pushed = state.servers[index].pushed else { return }
        state.servers[index].config = pushed
        state.servers[index].pushed = nil
        state.servers[index].seen = nil
        state.servers[index].reloads += 1
    }

    /// Every server that serves reads everything that is stored.
    static func checkInvariant(_ state: State) throws {
        guard !state.isBroken else { return }
        for server in state.servers where server.isReady {
            for (name, object) in state.objects
            where !server.config.chain(for: ResourcePattern.secrets).contains(object.writer) {
                throw Fault(.failed, "UNSAFE: \(name) became unreadable")
            }
        }
    }
}

extension FakeCluster: KubernetesPort {
    func clusterUID() async throws -> String {
        if with({ $0.isDown }) { throw Fault(.unreachable, "connection refused") }
        return with { $0.uid }
    }

    func advertisedServers() async throws -> Set<String> {
        try with { state in
            guard let unlisted = state.unlisted else { throw Fault(.denied, "may not") }
            return Set((0..<state.servers.count + unlisted).map { "10.0.0.\($0)" })
        }
    }

    func resources(matching patterns: [ResourcePattern]) async throws -> [GroupResource] {
        try patterns.map { GroupResource(pattern: $0) }.map { try served($0) }
    }

    private func served(_ resource: GroupResource) throws -> GroupResource {
        guard !with({ $0.unserved.contains(resource) }) else {
            throw Fault(.notFound, "the API serves no resource \(resource)")
        }
        return resource
    }

    func checkRights(toRewrite resources: [GroupResource]) async throws {
        if with({ $0.lacksRights }) { throw Fault(.denied, "may not patch secrets") }
    }

    func watermark(of resource: GroupResource) async throws -> ResourceVersion {
        _ = try served(resource)
        with { state in
            guard state.writesBeforeWatermark else { return }
            state.revision += 1
            let writer = state.servers[0].config.chain(for: ResourcePattern.secrets).writer
            state.objects["default/early-\(state.revision)"] = Object(
                writer: writer, version: state.revision)
        }
        guard let version = ResourceVersion(String(with { $0.revision })) else {
            throw Fault(.failed, "no revision")
        }
        return version
    }

    func rewrite(
        _ resource: GroupResource, above watermark: ResourceVersion,
        progress: @escaping @Sendable (RewriteProgress) -> Void
    ) async throws -> RewriteResult {
        _ = try served(resource)
        var failed: [RewriteFailure] = []
        var rewritten = 0
        let names = with { $0.objects.keys.sorted() }
        for name in names {
            try effect("rewrite \(name)") { state in
                guard let object = state.objects[name],
                    object.version <= Int(watermark.digits) ?? 0
                else { return }
                if state.stubborn.contains(name) {
                    failed.append(RewriteFailure(object: name, reason: "a webhook says no"))
                    return
                }
                let server = (state.revision + 1) % state.servers.count
                let chain = state.servers[server].config.chain(for: ResourcePattern.secrets)
                guard chain.contains(object.writer) else {
                    failed.append(RewriteFailure(object: name, reason: "no key to read it"))
                    return
                }
                let writer = chain.writer
                // As kube-apiserver does it: what isn't stale isn't written.
                if writer == object.writer { return }
                state.revision += 1
                state.objects[name] = Object(writer: writer, version: state.revision)
                rewritten += 1
            }
        }
        with { state in
            guard state.lateWrites > 0 else { return }
            state.lateWrites -= 1
            state.revision += 1
            state.objects["default/late"] = Object(writer: .identity, version: state.revision)
        }
        return RewriteResult(
            resource: resource, objects: names.count, rewritten: rewritten,
            skipped: names.count - rewritten - failed.count, failed: failed,
            failureCount: failed.count, seconds: 0, bytesSent: 0, bytesReceived: 0)
    }
}

extension FakeCluster: EvidencePort {
    var source: EvidenceRecord.Source { .etcd }

    func evidence(
        of resources: [GroupResource], in context: EvidenceContext
    ) async throws -> Evidence {
        try effect("evidence") { state in
            var evidence = Evidence()
            for resource in resources {
                if let count = state.besides[resource] {
                    evidence.counts[resource] = [.plaintext: count]
                }
            }
            guard resources.contains(.secrets) else { return evidence }
            var counts: [StoredForm: Int] = [:]
            for object in state.objects.values { counts[object.writer.storedForm, default: 0] += 1 }
            evidence.counts[.secrets] = counts
            return evidence
        }
    }

    func stored(of resources: [GroupResource]) async throws -> Evidence? {
        try await evidence(of: resources, in: EvidenceContext())
    }

    func objects(
        of resource: GroupResource, notIn expected: Set<StoredForm>, limit: Int
    ) async throws -> [String] {
        with { state in
            state.objects.filter { !expected.contains($0.value.writer.storedForm) }.keys.sorted()
                .prefix(limit).map(\.self)
        }
    }
}

extension FakeCluster: JournalPort {
    func load() async throws -> Journal { with { $0.saved } }

    func recordedConfig() async throws -> RecordedConfig {
        with { $0.configs.map { .known($0.current) } ?? .unknown }
    }

    func recordedKeys() async throws -> [LocalKey] {
        with { state in
            [state.configs?.current, state.configs?.desired].compactMap { $0 }.flatMap(\.keys)
                + state.recordedKeys
        }
    }

    func save(_ journal: Journal, configs: StateConfigs?) async throws {
        try effect("save") { state in
            if state.failingSaves > 0 {
                state.failingSaves -= 1
                throw Fault(.failed, "disk full")
            }
            state.saved = journal
            state.saves += 1
            if let configs { state.configs = configs }
        }
    }
}

/// What the fake cluster's Lease does, and what was done with it.
struct FakeLease {
    var isHeld = false
    var calls: [String] = []
    /// What was done without it.
    var effectsWithout: [String] = []
    /// Thrown by `acquire`.
    var refusal: Fault?
    /// Effects after which another run has taken it over.
    var lostAfter: Int?
    var other: LeaseHolder?
}

extension FakeCluster: OperatorLeasePort {
    func acquire() async throws {
        try with { state in
            state.lease.calls.append("acquire")
            if state.isDown { throw Fault(.unreachable, "connection refused") }
            if let refusal = state.lease.refusal { throw refusal }
            state.lease.isHeld = true
        }
    }

    func check() async throws {
        try with { state in
            guard state.lease.isHeld else { throw Fault(.failed, "an effect without the lease") }
            if let limit = state.lease.lostAfter, state.effects >= limit {
                throw Fault(.conflict, "lost to bob@elsewhere", hint: "See what bob does.")
            }
        }
    }

    func release() async {
        with { state in
            state.lease.calls.append("release")
            state.lease.isHeld = false
        }
    }

    func holder() async throws -> LeaseHolder? { with { $0.lease.other } }
}

extension FakeCluster: StateCopyPort {
    private struct Copy: StateCopy {
        let cluster: FakeCluster
        let configs: StateConfigs
        let version: Int

        func replace(with configs: StateConfigs) async throws {
            try cluster.with { state in
                if state.copyIsUnwritable { throw Fault(.denied, "may not patch secrets") }
                if state.copyConflicts > 0 {
                    state.copyConflicts -= 1
                    state.copyVersion += 1
                }
                guard state.copyVersion == version else { throw Fault(.conflict, "written") }
                state.copy = configs
                state.copyVersion += 1
                state.copyWrites += 1
            }
        }
    }

    func read() async throws -> (any StateCopy)? {
        try with { state in
            if state.copyIsUnreadable { throw Fault(.denied, "may not get secrets") }
            let version = state.copyVersion
            return state.copy.map { Copy(cluster: self, configs: $0, version: version) }
        }
    }
}
