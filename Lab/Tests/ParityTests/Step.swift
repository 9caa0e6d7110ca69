import Foundation

/// One request of the table, and what happens before it.
struct Step {
    enum Before {
        case compact
        case restart(config: String)
        /// The server is alive but can't get ready, since it can't read what is stored.
        case restartUnready(config: String)
        case store(key: String, value: String)
        case remove(key: String)
    }

    /// How much of the answer must be the same.
    enum Compared {
        case everything
        /// Status and content type; a person reads the body.
        case statusOnly
        /// The named members of the body.
        case members([String])
        /// Of a list of resources only those that the stand-in serves.
        case discovery
        /// Whether the asker may; the reason that a real server adds comes from its RBAC rules.
        case accessReview
        /// The series about the provider configuration.
        case encryptionMetrics
    }

    let name: String
    var method = "GET"
    let path: String
    var body: String?
    var headers: [String: String] = [:]
    var identity = Bench.Identity.admin
    var before: [Before] = []
    /// Remember the answer's continue token under `${token}`.
    var keepsToken = false
    var compared = Compared.everything
}

extension Step {
    static let json = "application/json"
    static let merge = "application/merge-patch+json"
    static let metadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    static let metadataList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

    static func create(_ name: String, _ path: String, _ body: String) -> Step {
        Step(name: name, method: "POST", path: path, body: body, headers: ["content-type": json])
    }

    static func put(_ name: String, _ path: String, _ body: String) -> Step {
        Step(name: name, method: "PUT", path: path, body: body, headers: ["content-type": json])
    }

    static func patch(
        _ name: String, _ path: String, _ body: String, accept: String = json,
        before: [Before] = []
    ) -> Step {
        Step(
            name: name, method: "PATCH", path: path, body: body,
            headers: ["content-type": merge, "accept": accept], before: before)
    }

    static func get(
        _ name: String, _ path: String, accept: String = json, before: [Before] = [],
        keepsToken: Bool = false
    ) -> Step {
        Step(
            name: name, path: path, headers: ["accept": accept], before: before,
            keepsToken: keepsToken)
    }

    static func delete(_ name: String, _ path: String, _ body: String? = nil) -> Step {
        Step(
            name: name, method: "DELETE", path: path, body: body,
            headers: body == nil ? [:] : ["content-type": json])
    }
}

/// Runs steps one after another against one bench and gives answers that can be compared.
struct Runner {
    let bench: Bench
    private var token = ""
    /// Of the object in the last answer that had one.
    private var version = ""
    private var normaliser = Normaliser()

    init(_ bench: Bench) { self.bench = bench }

    /// The answer without what is different every time, as one JSON object.
    mutating func run(_ step: Step) throws -> [String: Any] {
        for action in step.before {
            switch action {
            case .compact: try bench.compact()
            case .remove(let key): try bench.etcdctl("del", key)
            case .restart(let config): try bench.restart(config: config)
            case .restartUnready(let config):
                try bench.restart(config: config, until: "/livez")
            case .store(let key, let value): try bench.store(key, Data(value.utf8))
            }
        }
        let answer = try bench.send(
            step.method, step.path.replacingOccurrences(of: "${token}", with: token),
            body: step.body?.replacingOccurrences(of: "${version}", with: version),
            headers: step.headers, as: step.identity)
        if step.keepsToken {
            let list = try JSONSerialization.jsonObject(with: answer.body) as? [String: Any]
            token = (list?["metadata"] as? [String: Any])?["continue"] as? String ?? ""
        }
        if let object = try? JSONSerialization.jsonObject(with: answer.body) as? [String: Any],
            let last = (object["metadata"] as? [String: Any])?["resourceVersion"] as? String
        {
            version = last
        }
        var outcome: [String: Any] = [
            "status": answer.status, "content-type": answer.headers["content-type"] ?? "",
        ]
        if let after = answer.headers["retry-after"] { outcome["retry-after"] = after }
        if let body = normaliser.body(of: answer, step.compared) { outcome["body"] = body }
        return outcome
    }
}
