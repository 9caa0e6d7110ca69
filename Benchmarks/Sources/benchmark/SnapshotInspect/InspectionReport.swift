/// What is used of the document of `orchestrator etcd snapshot-inspect --output json`.
struct InspectionReport: Decodable {
    let size: Int
    let revision: Int64
    let seal: String
    let evidence: [String: [String: Int]]
    let history: [String: [String: Int]]
    let readable: Bool

    /// Of Secrets, all forms together.
    var secrets: Int { evidence["secrets", default: [:]].values.reduce(0, +) }

    /// All of Kubernetes' revisions.
    var revisions: Int {
        [evidence, history].flatMap(\.values).flatMap(\.values).reduce(0, +)
    }
}
