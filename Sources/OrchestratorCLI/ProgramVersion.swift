import Orchestrator

/// `orchestrator version`.
struct ProgramVersion: Presentable {
    struct Document: Encodable {
        let version: String
    }

    let version: String

    static let current = ProgramVersion(version: "0.1.0")

    var text: String { "orchestrator \(version)\n" }
    var document: Document { Document(version: version) }
}
