internal import Basics
internal import EncryptionModel
internal import Transition

struct StoredOperation: Codable {
    var id: String
    var kind: String
    var started: String
    /// Provider configs as YAML, as RKE keeps its own; nil is no argument and no file.
    var from: String?
    var to: String?
    var stage: String?
    var confirmations: [StoredConfirmation]
    var watermarks: [String: String]?
    var rewrites: [StoredRewrite]
    var evidence: StoredEvidence?
    /// Absent is false: versions before 0.2 didn't write it.
    var rewritesAll: Bool?

    init(_ operation: Operation) throws {
        id = operation.id
        kind = operation.kind.rawValue
        started = operation.started.stored
        from = try operation.from.map(StoredProviderConfig.text)
        to = try operation.to.map(StoredProviderConfig.text)
        stage = operation.stage?.rawValue
        confirmations = operation.confirmations.map(StoredConfirmation.init)
        watermarks = operation.watermarks?.reduce(into: [:]) {
            $0[$1.key.description] = $1.value.digits
        }
        rewrites = operation.rewrites.map(StoredRewrite.init)
        evidence = operation.evidence.map(StoredEvidence.init)
        rewritesAll = operation.rewritesAll ? true : nil
    }

    func operation(_ reader: StoredValueReader) throws -> Operation {
        Operation(
            id: id, kind: try reader.word(kind, "the kind of the operation"),
            started: try reader.time(started),
            from: try from.map { try StoredProviderConfig.read($0, of: id, reader) },
            to: try to.map { try StoredProviderConfig.read($0, of: id, reader) },
            stage: try stage.map { try reader.word($0, "the stage") },
            confirmations: try confirmations.map { try $0.confirmation(reader) },
            watermarks: try watermarks?.reduce(into: [:]) {
                guard let version = ResourceVersion($1.value) else {
                    throw reader.fault("the watermark of \($1.key) is not a number")
                }
                $0[reader.resource($1.key)] = version
            },
            rewrites: try rewrites.map { try $0.record(reader) },
            evidence: try evidence?.record(reader), rewritesAll: rewritesAll ?? false)
    }
}

struct StoredConfirmation: Codable {
    var stage: String
    var node: String
    var configSHA256: String?
    var method: String
    var at: String

    init(_ confirmation: Confirmation) {
        stage = confirmation.stage.rawValue
        node = confirmation.node
        configSHA256 = confirmation.configSHA256
        method = confirmation.method.rawValue
        at = confirmation.at.stored
    }

    func confirmation(_ reader: StoredValueReader) throws -> Confirmation {
        Confirmation(
            stage: try reader.word(stage, "the stage of a confirmation"), node: node,
            configSHA256: configSHA256,
            method: try reader.word(method, "the method of a confirmation"),
            at: try reader.time(at))
    }
}

struct StoredRewrite: Codable {
    struct Failure: Codable {
        var object: String
        var reason: String
    }

    var resource: String
    var objects: Int
    var rewritten: Int
    var skipped: Int
    var failed: [Failure]
    var finished: String

    init(_ record: RewriteRecord) {
        resource = record.resource.description
        objects = record.objects
        rewritten = record.rewritten
        skipped = record.skipped
        failed = record.failed.map { Failure(object: $0.object, reason: $0.reason) }
        finished = record.finished.stored
    }

    func record(_ reader: StoredValueReader) throws -> RewriteRecord {
        RewriteRecord(
            resource: reader.resource(resource), objects: objects, rewritten: rewritten,
            skipped: skipped,
            failed: failed.map { RewriteFailure(object: $0.object, reason: $0.reason) },
            finished: try reader.time(finished))
    }
}

struct StoredEvidence: Codable {
    var source: String
    var at: String
    /// etcd's revision.
    var revision: Int64?
    /// Resource, then stored form, then how many.
    var counts: [String: [String: Int]]

    init(_ record: EvidenceRecord) {
        source = record.source.rawValue
        at = record.at.stored
        revision = record.evidence.revision
        counts = StoredCounts.store(record.evidence.counts)
    }

    func record(_ reader: StoredValueReader) throws -> EvidenceRecord {
        EvidenceRecord(
            source: try reader.word(source, "the source of the evidence"),
            evidence: Evidence(counts: StoredCounts.read(counts, reader), revision: revision),
            at: try reader.time(at))
    }
}
