import Basics
import EncryptionModel
import Orchestrator
import Transition

// The JSON documents of `--output json`. docs/json.md describes them; a member once published
// keeps its name and meaning.

struct FaultDocument: Encodable {
    struct Content: Encodable {
        let code: String
        let message: String
        let hint: String?
        let node: String?
        let file: String?
        let line: Int?
        let column: Int?
        let exitStatus: Int32
    }

    let error: Content

    init(_ fault: Fault, exitStatus: Int32) {
        error = Content(
            code: fault.code.rawValue, message: fault.message, hint: fault.hint, node: fault.node,
            file: fault.place?.file, line: fault.place?.line, column: fault.place?.column,
            exitStatus: exitStatus)
    }
}

struct OperationIdentity: Encodable {
    let id: String
    let kind: String
    let started: String
    let resumed: Bool
}

struct KeyDocument: Encodable {
    let name: String
    let provider: String
    let fingerprint: String

    init(_ key: LocalKey) {
        name = key.name
        provider = key.provider.rawValue
        fingerprint = key.fingerprint.hex
    }
}

struct OperationDocument: Encodable {
    struct Stage: Encodable {
        struct Node: Encodable {
            let name: String
            let address: String
            let seconds: Double
            let confirmedBy: String
            let configSHA256: String?
            /// Whether kube-apiserver was restarted for it.
            let restarted: Bool
        }

        let name: String
        let nodes: [Node]
    }

    struct Rewrite: Encodable {
        struct Failure: Encodable {
            let object: String
            let reason: String
        }

        let resources: [String]
        let objects: Int
        let rewritten: Int
        let skipped: Int
        let failed: [Failure]
        let seconds: Double
        let bytesSent: Int
        let bytesReceived: Int
    }

    let operation: OperationIdentity
    let stages: [Stage]
    let rewrite: Rewrite?
    let waitedSeconds: Double?
    let evidence: [String: [String: Int]]?
    let evidenceSource: String?
    let retiredKeys: [KeyDocument]
}

extension OperationDocument {
    init(_ report: OperationReport) {
        operation = OperationIdentity(
            id: report.operation.id, kind: report.operation.kind.rawValue,
            started: report.operation.started.description, resumed: report.wasResumed)
        stages = report.stages.map { stage in
            Stage(
                name: stage.name.rawValue,
                nodes: stage.nodes.map {
                    Stage.Node(
                        name: $0.name, address: $0.address, seconds: $0.result.seconds,
                        confirmedBy: $0.result.confirmedBy.rawValue,
                        configSHA256: $0.result.configSHA256, restarted: $0.result.restarted)
                })
        }
        rewrite = report.rewrites.isEmpty ? nil : Rewrite(report.rewrites)
        waitedSeconds = report.waited > .zero ? report.waited / .seconds(1) : nil
        evidence = report.evidence.map(\.evidence.document)
        evidenceSource = report.evidence.map(\.source.rawValue)
        retiredKeys = report.retired.map(KeyDocument.init)
    }
}

extension OperationDocument.Rewrite {
    init(_ results: [RewriteResult]) {
        resources = results.map(\.resource.description)
        objects = results.map(\.objects).reduce(0, +)
        rewritten = results.map(\.rewritten).reduce(0, +)
        skipped = results.map(\.skipped).reduce(0, +)
        failed = results.flatMap(\.failed).map { Failure(object: $0.object, reason: $0.reason) }
        seconds = results.map(\.seconds).reduce(0, +)
        bytesSent = results.map(\.bytesSent).reduce(0, +)
        bytesReceived = results.map(\.bytesReceived).reduce(0, +)
    }
}

extension Evidence {
    /// Resource, then stored prefix (or `plaintext`), then count.
    var document: [String: [String: Int]] {
        var document: [String: [String: Int]] = [:]
        for (resource, forms) in counts {
            document[resource.description] = Dictionary(
                uniqueKeysWithValues: forms.map { ($0.key.description, $0.value) })
        }
        return document
    }
}
