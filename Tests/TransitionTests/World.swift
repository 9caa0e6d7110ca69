import Basics
import EncryptionModel
import TestSupport
import Testing

@testable import Transition

/// A cluster in memory: servers with a loaded config, objects with the entry that wrote them. It
/// carries actions out, perhaps only half, and checks after each that everybody reads everything.
struct World {
    struct Server {
        var file: ProviderConfig?
        var loaded: ProviderConfig?
        var isCurrent = true
        var isReady = true
        /// It loads its file by itself, at any time, as soon as it runs with an argument.
        var canReload = false
        /// It was waited for in vain.
        var isGivenUp = false

        var reloading: NodeObservation.Reloading {
            guard canReload, !isGivenUp else { return .unavailable }
            return loaded == nil ? .offered : .available
        }
    }

    struct Object {
        var writer: ProviderEntry
        var version: Int
    }

    var servers: [Server]
    var objects: [Object]
    var journal = Journal()
    var recorded = RecordedConfig.unknown
    var clock = 100
    var random: SeededRandom
    let resource = GroupResource.secrets

    var reloads = 0
    var restarts = 0

    /// - Parameter reloads: whether some of the servers, by chance, load their file by themselves.
    init(servers count: Int, from: ProviderConfig?, seed: UInt64, reloads: Bool = false) {
        servers = (0..<count).map { index in
            Server(file: from, loaded: from, canReload: reloads && (seed >> index) & 1 == 1)
        }
        random = SeededRandom(seed: seed)
        let readable = from.chain(for: ResourcePattern.secrets).entries
        objects = (0..<12).map { Object(writer: readable[$0 % readable.count], version: $0) }
    }

    func observe() -> Observation {
        let nodes = servers.enumerated().map { index, server in
            let running: NodeObservation.Running =
                if !server.isCurrent, let file = server.file {
                    .notLoaded(file)
                } else if let loaded = server.loaded { .config(loaded) } else { .unconfigured }
            return NodeObservation(
                node: "n\(index)", running: running,
                hasAbandonedFile: server.loaded == nil && server.file != nil,
                isReady: server.isReady, reloading: server.reloading)
        }
        return Observation(
            nodes: nodes, stored: .seen(evidence, of: [.secrets]), recorded: recorded)
    }

    var evidence: Evidence {
        var counts: [StoredForm: Int] = [:]
        for object in objects { counts[object.writer.storedForm, default: 0] += 1 }
        return Evidence(counts: [resource: counts])
    }

    /// A client writes through any server.
    mutating func clientWrites() {
        let writer = servers.randomElement(using: &random)?.loaded.chain(
            for: ResourcePattern.secrets
        ).writer
        clock += 1
        let object = Object(writer: writer ?? .identity, version: clock)
        if Bool.random(using: &random) {
            objects.append(object)
        } else {
            objects[Int.random(in: objects.indices, using: &random)] = object
        }
    }

    /// Carries the action out; with `crash`, only its first half.
    mutating func perform(_ action: Action, crash: Bool) {
        switch action {
        case .inspectStored: break
        case .begin(let kind, let from, let target):
            guard !crash else { return }
            var fresh: [LocalKey] = []
            if case .draft(let draft) = target {
                for provider in draft.providers {
                    let key = Sample.key("new\(journal.keys.count)", provider)
                    journal.keys.append(KeyRecord(key: key, created: Sample.time, createdBy: "op"))
                    fresh.append(key)
                }
            }
            begin(kind, from: from, to: target.config(with: fresh))
        case .turnBack(let back):
            guard !crash else { return }
            begin(.abort, from: back.from, to: back.to)
            journal.operation?.stage = back.stage
        case .beginStage(let stage): if !crash { journal.operation?.stage = stage.name }
        case .rollOut(let node, let stage): rollOut(node, stage, crash: crash)
        case .reload(let nodes, let stage): reload(nodes, stage, crash: crash)
        case .takeWatermarks:
            guard !crash else { return }
            journal.operation?.watermarks = [.secrets: ResourceVersion(String(clock))]
                .compactMapValues(\.self)
        case .rewrite(_, let watermark): rewrite(above: watermark, crash: crash)
        case .gatherEvidence:
            guard !crash else { return }
            gatherEvidence()
        case .proveAnew: if !crash { journal.operation?.proveAnew() }
        case .finish:
            guard !crash else { return }
            recorded = .known(journal.operation?.to)
            journal.operation = nil
        }
    }

    /// What contradicts is rewritten once more, as the runner does it.
    private mutating func gatherEvidence() {
        guard let operation = journal.operation else { return }
        let plan = StagePlan(operation)
        let seen = evidence
        if plan.violations(in: seen).isEmpty {
            journal.operation?.evidence = EvidenceRecord(
                source: .etcd, evidence: seen, at: Sample.time)
        } else {
            journal.operation?.proveAnew()
        }
    }

    mutating func begin(_ kind: OperationKind, from: ProviderConfig?, to: ProviderConfig?) {
        journal.operation = Operation(
            id: "op", kind: kind, started: Sample.time, from: from, to: to)
    }

    private mutating func rollOut(_ node: String, _ stage: Stage, crash: Bool) {
        guard let index = servers.indices.first(where: { "n\($0)" == node }) else {
            Issue.record("no such node: \(node)")
            return
        }
        restarts += 1
        if let config = stage.config {
            servers[index].file = config
            servers[index].isCurrent = false
            if crash { return }
            load(index)
        } else {
            servers[index].loaded = nil
            servers[index].isCurrent = true
            if crash { return }
            servers[index].file = nil
        }
        servers[index].isReady = true
    }

    /// Each at its own pace, with clients that write meanwhile. A run that is cut off may have
    /// written some of the files; one that isn't gives some of the servers up.
    private mutating func reload(_ nodes: [String], _ stage: Stage, crash: Bool) {
        let indices = servers.indices.filter { nodes.contains("n\($0)") }.shuffled(using: &random)
        #expect(indices.count == nodes.count && stage.config != nil)
        reloads += 1
        for index in indices where !crash || Bool.random(using: &random) {
            servers[index].file = stage.config
            servers[index].isCurrent = false
        }
        for index in indices.shuffled(using: &random) where !servers[index].isCurrent {
            if Int.random(in: 0..<(crash ? 2 : 6), using: &random) == 0 {
                servers[index].isGivenUp = !crash
                continue
            }
            load(index)
            clientWrites()
            if !everyServerReadsEverything() { Issue.record("unreadable after n\(index) reloaded") }
        }
    }

    private mutating func load(_ index: Int) {
        servers[index].loaded = servers[index].file
        servers[index].isCurrent = true
        servers[index].isGivenUp = false
    }

    /// What lies there for a server that reloads is loaded sooner or later, whoever waits for it.
    /// - Returns: whether a server did.
    mutating func serversReload() -> Bool {
        var hasReloaded = false
        for index in servers.indices
        where servers[index].canReload && servers[index].loaded != nil && !servers[index].isCurrent
            && Bool.random(using: &random)
        {
            load(index)
            hasReloaded = true
        }
        return hasReloaded
    }

    private mutating func rewrite(above watermark: ResourceVersion, crash: Bool) {
        let limit = Int(watermark.digits) ?? 0
        for index in objects.indices where objects[index].version <= limit {
            if crash && Int.random(in: 0..<4, using: &random) == 0 { return }
            let writer = servers.randomElement(using: &random)?.loaded.chain(
                for: ResourcePattern.secrets
            ).writer
            clock += 1
            if writer != objects[index].writer {
                objects[index] = Object(writer: writer ?? .identity, version: clock)
            }
        }
        guard !crash else { return }
        let record = RewriteRecord(
            resource: resource, objects: objects.count, rewritten: 0, skipped: 0, failed: [],
            finished: Sample.time)
        journal.operation?.rewrites.append(record)
    }

    /// The safety invariant.
    func everyServerReadsEverything() -> Bool {
        servers.allSatisfy { server in
            objects.allSatisfy {
                server.loaded.chain(for: ResourcePattern.secrets).contains($0.writer)
            }
        }
    }
}

extension Target {
    func config(with keys: [LocalKey]) -> ProviderConfig? {
        switch self {
        case .nothing: nil
        case .draft(let draft): draft.filled(with: keys)
        case .exactly(let config): config
        }
    }
}
