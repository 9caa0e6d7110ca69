// What the tests read of the documents that docs/json.md describes.

struct WorkflowDocument: Decodable {
    struct Operation: Decodable {
        let kind: String
        let resumed: Bool
    }

    struct Stage: Decodable {
        struct Node: Decodable {
            let address: String
            let confirmedBy: String
            let configSHA256: String?
        }

        let name: String
        let nodes: [Node]
    }

    struct Rewrite: Decodable {
        let objects: Int
        let rewritten: Int
        let failed: [Failure]

        struct Failure: Decodable { let object: String }
    }

    let operation: Operation?
    let stages: [Stage]
    let rewrite: Rewrite?
    let evidence: [String: [String: Int]]?
    let evidenceSource: String?
    let retiredKeys: [KeyDocument]
    let keys: [KeyDocument]
}

struct KeyDocument: Decodable, Equatable {
    let name: String
    let provider: String
    let fingerprint: String

    /// Under which etcd has what this key has encrypted.
    var storedPrefix: String { "k8s:enc:\(provider):v1:\(name):" }
}

struct DryRunDocument: Decodable {
    struct Operation: Decodable {
        let kind: String
        let steps: [String]
    }

    let operations: [Operation]
}

struct VerificationDocument: Decodable {
    let evidence: [String: [String: Int]]
    let offenders: [String: [String]]
    let findings: [String]
}

struct StatusDocument: Decodable {
    struct Unfinished: Decodable {
        let kind: String
    }

    struct Lease: Decodable {
        let holder: String?
    }

    let operation: Unfinished?
    let lease: Lease?
    let findings: [String]
    let next: [String]
}

struct FaultDocument: Decodable {
    struct Content: Decodable {
        let code: String
        let message: String
        let hint: String?
        let node: String?
        let file: String?
        let line: Int?
        let exitStatus: Int
    }

    let error: Content
}
