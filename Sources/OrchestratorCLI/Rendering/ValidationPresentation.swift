import Orchestrator

extension ClusterSession.Validation: Presentable {
    struct Document: Encodable {
        struct Node: Encodable {
            let name: String
            let address: String
        }

        let file: String
        let valid = true
        let controlPlane: [Node]
        let encryption: String
        /// What can be done and may still hurt, with its place and what to do instead.
        let advice: [String]
    }

    var document: Document {
        Document(
            file: file,
            controlPlane: controlPlane.map { Document.Node(name: $0.name, address: $0.address) },
            encryption: encryption, advice: advice.map(\.description))
    }

    var text: String {
        let nodes = controlPlane.map {
            $0.name == $0.address ? $0.name : "\($0.name) (\($0.address))"
        }
        return "\(file) is valid: control plane \(nodes.joined(separator: ", ")); \(encryption).\n"
            + advice.map { "advice: \($0)\n" }.joined()
    }
}
