public import Basics
public import EncryptionModel

public enum OperationKind: String, Sendable, Hashable, CaseIterable {
    case enable, disable
    case rotateKey = "rotate-key"
    case change, rewrite
    /// What is recorded, brought back to nodes that lost it.
    case repair
    /// What a restored snapshot held, brought under the config in force.
    case restore
    /// The way back from an operation that was given up.
    case abort
}

/// The name of a stage; see docs/design.md, «Transitions».
public enum StageName: String, Sendable, Hashable, CaseIterable, Comparable {
    case read, write, final

    public static func < (left: StageName, right: StageName) -> Bool {
        order(left) < order(right)
    }

    private static func order(_ name: StageName) -> Int {
        allCases.firstIndex(of: name) ?? allCases.endIndex
    }
}

/// A transition under way.
public struct Operation: Sendable, Hashable {
    public let id: String
    public let kind: OperationKind
    public let started: Timestamp
    /// What was deployed when it began; nil is no argument and no file.
    public let from: ProviderConfig?
    /// What is wanted; nil is no argument and no file.
    public let to: ProviderConfig?
    /// The stage whose rollout was begun last; nil before the first.
    public var stage: StageName?
    public var confirmations: [Confirmation]
    /// The resourceVersion of each resource to be rewritten, read after the write stage was
    /// confirmed everywhere; nil until then. A wildcard may turn out to name nothing.
    public var watermarks: [GroupResource: ResourceVersion]?
    public var rewrites: [RewriteRecord]
    /// What etcd held after the rewrite; nil until then.
    public var evidence: EvidenceRecord?
    /// Something may be stored otherwise than the plan expects, so everything that has to be
    /// proven is rewritten, also where only an entry that no longer writes is to go.
    public var rewritesAll: Bool

    public init(
        id: String, kind: OperationKind, started: Timestamp, from: ProviderConfig?,
        to: ProviderConfig?, stage: StageName? = nil, confirmations: [Confirmation] = [],
        watermarks: [GroupResource: ResourceVersion]? = nil, rewrites: [RewriteRecord] = [],
        evidence: EvidenceRecord? = nil, rewritesAll: Bool = false
    ) {
        self.id = id
        self.kind = kind
        self.started = started
        self.from = from
        self.to = to
        self.stage = stage
        self.confirmations = confirmations
        self.watermarks = watermarks
        self.rewrites = rewrites
        self.evidence = evidence
        self.rewritesAll = rewritesAll
    }
}

extension Operation {
    /// Which key took the place of each that a rotation takes away.
    public var successors: [LocalKey: LocalKey] {
        guard kind == .rotateKey, let from, let to else { return [:] }
        let kept = Set(to.keys)
        var found: [LocalKey: LocalKey] = [:]
        for rule in from.rules {
            guard let pattern = rule.resources.first,
                let key = to.chain(for: pattern).writer.localKey
            else { continue }
            for former in rule.chain.keys where !kept.contains(former) && found[former] == nil {
                found[former] = key
            }
        }
        return found
    }

    /// Takes back everything from the watermarks on: every server is brought to the write stage
    /// again, everything that has to be proven is rewritten and proven.
    public mutating func proveAnew() {
        stage = .write
        watermarks = nil
        rewrites = []
        evidence = nil
        rewritesAll = true
    }
}

/// Seen: this node's API server ran with exactly this stage's provider config.
public struct Confirmation: Sendable, Hashable {
    /// How it was seen, best first.
    public enum Method: String, Sendable, Hashable {
        /// The server's own metric names the file's hash (1.34 and later).
        case metric
        /// The server's reload counter went up after the push (1.28 to 1.33).
        case reload
        /// It was started after the push, with the argument on the running process.
        case restart
    }

    public let stage: StageName
    /// The node's name.
    public let node: String
    /// SHA-256 of the provider config in lower-case hexadecimal; nil for no config.
    public let configSHA256: String?
    public let method: Method
    public let at: Timestamp

    public init(
        stage: StageName, node: String, configSHA256: String?, method: Method, at: Timestamp
    ) {
        self.stage = stage
        self.node = node
        self.configSHA256 = configSHA256
        self.method = method
        self.at = at
    }
}

/// The result of rewriting one resource.
public struct RewriteRecord: Sendable, Hashable {
    public let resource: GroupResource
    /// How many objects the list had.
    public let objects: Int
    public let rewritten: Int
    /// Above the watermark already, or gone meanwhile.
    public let skipped: Int
    /// What could not be rewritten, by name, with the server's reason. Not empty: not done.
    public let failed: [RewriteFailure]
    public let finished: Timestamp

    public init(
        resource: GroupResource, objects: Int, rewritten: Int, skipped: Int,
        failed: [RewriteFailure], finished: Timestamp
    ) {
        self.resource = resource
        self.objects = objects
        self.rewritten = rewritten
        self.skipped = skipped
        self.failed = failed
        self.finished = finished
    }
}

public struct RewriteFailure: Sendable, Hashable {
    /// `namespace/name`, or `name` for what has no namespace.
    public let object: String
    public let reason: String

    public init(object: String, reason: String) {
        self.object = object
        self.reason = reason
    }
}

public struct EvidenceRecord: Sendable, Hashable {
    /// Where the proof comes from.
    public enum Source: String, Sendable, Hashable { case etcd, api }

    public let source: Source
    public let evidence: Evidence
    public let at: Timestamp

    public init(source: Source, evidence: Evidence, at: Timestamp) {
        self.source = source
        self.evidence = evidence
        self.at = at
    }
}
