import EncryptionModel
import Testing

@testable import Transition

/// Everything about a cluster that matters to safety, as one value: so that all the states which a
/// transition can reach can be enumerated, whoever crashes when.
///
/// `stored` is what *may* be stored: every form that any server could have written since the last
/// whole rewrite. What holds for that holds for whatever clients really did.
struct Model: Hashable {
    struct Server: Hashable {
        var file: ProviderConfig?
        var loaded: ProviderConfig?
        var hasLoadedFile = true
        /// It loads its file by itself, at any time, as soon as it runs with an argument.
        var canReload = false
        /// It was waited for in vain.
        var isGivenUp = false

        /// Whether it has yet to load what it will.
        var isPending: Bool { canReload && loaded != nil && !hasLoadedFile }

        var reloading: NodeObservation.Reloading {
            guard canReload, !isGivenUp else { return .unavailable }
            return loaded == nil ? .offered : .available
        }

        mutating func runs(with config: ProviderConfig?) {
            self = Server(file: config, loaded: config, canReload: canReload)
        }
    }

    var servers: [Server]
    var stored: Set<ProviderEntry>
    var operation: Transition.Operation?

    static let watermarks = ResourceVersion("1").map { [GroupResource.secrets: $0] }

    /// - Parameter reloading: how many of the servers load their file by themselves.
    init(servers count: Int, reloading: Int = 0, from: ProviderConfig?, to: ProviderConfig?) {
        servers = (0..<count).map { index in
            Server(file: from, loaded: from, canReload: index < reloading)
        }
        stored = Set(from.chain(for: ResourcePattern.secrets).entries)
        operation = Transition.Operation(
            id: "op", kind: .change, started: Sample.time, from: from, to: to)
    }

    var observation: Observation {
        Observation(
            nodes: servers.enumerated().map { index, server in
                let running: NodeObservation.Running =
                    if !server.hasLoadedFile, let file = server.file {
                        .notLoaded(file)
                    } else if let loaded = server.loaded { .config(loaded) } else { .unconfigured }
                return NodeObservation(
                    node: "n\(index)", running: running,
                    hasAbandonedFile: server.loaded == nil && server.file != nil, isReady: true,
                    reloading: server.reloading)
            })
    }

    func decision(_ goal: Goal) -> Decision {
        decide(journal: Journal(operation: operation), observed: observation, goal: goal)
    }

    var everyServerReadsEverything: Bool {
        servers.allSatisfy { server in
            let chain = server.loaded.chain(for: ResourcePattern.secrets)
            return stored.allSatisfy(chain.contains)
        }
    }

    /// What the action leads to when it is carried out, first; and wherever it can be cut off.
    func after(_ action: Action) -> [Model] {
        var done = self
        var cut: [Model] = []
        switch action {
        case .inspectStored, .begin: Issue.record("no such action inside an operation")
        case .turnBack(let back):
            done.operation = Transition.Operation(
                id: "back", kind: .abort, started: Sample.time, from: back.from, to: back.to,
                stage: back.stage)
        case .beginStage(let stage): done.operation?.stage = stage.name
        case .rollOut(let node, let stage):
            (done, cut) = rollingOut(node, stage)
        case .reload(let nodes, let stage): (done, cut) = reloading(nodes, stage)
        case .takeWatermarks: done.operation?.watermarks = Self.watermarks
        case .rewrite:
            done.stored = []
            done.operation?.rewrites = [
                RewriteRecord(
                    resource: .secrets, objects: 1, rewritten: 1, skipped: 0, failed: [],
                    finished: Sample.time)
            ]
        case .gatherEvidence: done.gatherEvidence()
        case .proveAnew: done.operation?.proveAnew()
        case .finish: done.operation = nil
        }
        return ([done] + cut).flatMap(\.withLoads).map(\.withWrites)
    }

    /// Somebody gives the server this config, with which it may write.
    func drifting(_ server: Int, to config: ProviderConfig?) -> Model {
        var copy = self
        copy.servers[server].runs(with: config)
        return copy.withWrites
    }

    /// Every server may be told to write at any time.
    private var withWrites: Model {
        var copy = self
        for server in servers {
            copy.stored.insert(server.loaded.chain(for: ResourcePattern.secrets).writer)
        }
        return copy
    }

    private func rollingOut(_ node: String, _ stage: Stage) -> (Model, [Model]) {
        guard let index = servers.indices.first(where: { "n\($0)" == node }) else {
            Issue.record("no such node: \(node)")
            return (self, [])
        }
        var (half, done) = (self, self)
        if let config = stage.config {
            half.servers[index].file = config
            half.servers[index].hasLoadedFile = false
        } else {
            half.servers[index].loaded = nil
            half.servers[index].hasLoadedFile = true
        }
        done.servers[index].runs(with: stage.config)
        return (done, [half])
    }

    /// All have loaded it; and whatever else there is when a run is cut off, or gives some up: each
    /// server may not have the file yet, have it, have loaded it, or have been waited for in vain.
    private func reloading(_ nodes: [String], _ stage: Stage) -> (Model, [Model]) {
        let indices = servers.indices.filter { nodes.contains("n\($0)") }
        #expect(indices.count == nodes.count && stage.config != nil)
        #expect(indices.allSatisfy { servers[$0].reloading == .available })
        var all = [self]
        for index in indices {
            all = all.flatMap { model in
                var (loaded, pushed) = (model, model)
                loaded.servers[index].runs(with: stage.config)
                pushed.servers[index].file = stage.config
                pushed.servers[index].hasLoadedFile = false
                var late = pushed
                late.servers[index].isGivenUp = true
                return [loaded, pushed, late, model]
            }
        }
        return (all[0], Array(all.dropFirst()))
    }

    /// This, and all that comes of it when servers load what lies there for them.
    private var withLoads: [Model] {
        var all = [self]
        for index in servers.indices where servers[index].isPending {
            all += all.map { model in
                var loaded = model
                loaded.servers[index].runs(with: model.servers[index].file)
                return loaded
            }
        }
        return all
    }

    /// As the runner does it: what contradicts is rewritten, as often as it takes.
    private mutating func gatherEvidence() {
        guard let operation else { return }
        var counts: [StoredForm: Int] = [:]
        for entry in stored { counts[entry.storedForm] = 1 }
        let evidence = Evidence(counts: [.secrets: counts])
        let plan = StagePlan(operation)
        if plan.violations(in: evidence).isEmpty {
            self.operation?.evidence = EvidenceRecord(
                source: .etcd, evidence: evidence, at: Sample.time)
        } else {
            self.operation?.proveAnew()
        }
    }
}
