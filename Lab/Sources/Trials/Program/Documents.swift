// What tests and trials read of the documents that docs/json.md describes.

package struct WorkflowDocument: Decodable {
    package struct Operation: Decodable {
        package let kind: String
        package let resumed: Bool
    }

    package struct Stage: Decodable {
        package struct Node: Decodable {
            package let address: String
            package let confirmedBy: String
            package let restarted: Bool
            package let configSHA256: String?
        }

        package let name: String
        package let nodes: [Node]
    }

    package struct Rewrite: Decodable {
        package let objects: Int
        package let rewritten: Int
        package let failed: [Failure]

        package struct Failure: Decodable { let object: String }
    }

    package let operation: Operation?
    package let stages: [Stage]
    package let rewrite: Rewrite?
    package let evidence: [String: [String: Int]]?
    package let evidenceSource: String?
    package let reason: String?
    package let retiredKeys: [KeyDocument]
    package let keys: [KeyDocument]
}

package struct KeyDocument: Decodable, Equatable {
    package let name: String
    package let provider: String
    package let fingerprint: String

    /// Under which etcd has what this key has encrypted.
    package var storedPrefix: String { "k8s:enc:\(provider):v1:\(name):" }
}

package struct DryRunDocument: Decodable {
    package struct Operation: Decodable {
        package let kind: String
        package let steps: [String]
    }

    package let operations: [Operation]
}

package struct VerificationDocument: Decodable {
    package let evidence: [String: [String: Int]]
    package let offenders: [String: [String]]
    package let findings: [String]
}

package struct StatusDocument: Decodable {
    package struct Node: Decodable {
        package let asWanted: Bool?
    }

    package let nodes: [Node]
    package struct Unfinished: Decodable {
        package let kind: String
    }

    package struct Lease: Decodable {
        package let holder: String?
    }

    package let operation: Unfinished?
    package let lease: Lease?
    package let findings: [String]
    package let next: [String]
}

package struct FaultDocument: Decodable {
    package struct Content: Decodable {
        package let code: String
        package let message: String
        package let hint: String?
        package let node: String?
        package let file: String?
        package let line: Int?
        package let exitStatus: Int
    }

    package let error: Content
}
