internal import Basics
internal import YAML

/// The tree of a manifest, and which of its containers is kube-apiserver's.
struct ManifestTree: Sendable {
    let root: YAMLNode
    let file: String
    let containerIndex: Int
    /// Another container that could be the one as well.
    let rival: YAMLNode?

    /// The kubelet reads no more than this (`maxConfigLength`).
    private static let limits = YAMLLimits(bytes: 10 << 20)

    init(_ contents: SecretBytes, file: String) throws {
        root = try YAMLReader.read(
            contents, file: file,
            options: YAMLOptions(
                limits: Self.limits, documents: .first, duplicateKeys: .lastWins))
        self.file = file
        guard root["kind"]?.text == "Pod" else {
            throw Self.fault(
                "the file's first document is no pod", hint: "The kubelet reads only the first.",
                at: root["kind"] ?? root, file)
        }
        guard let containers = root["spec"]?["containers"]?.sequence else {
            throw Self.fault(
                "the pod has no list of containers", at: root["spec"] ?? root, file)
        }
        let found = APIServerContainer.candidates(among: containers)
        guard let first = found.first else {
            throw Self.fault(
                "no container of the pod is kube-apiserver's",
                hint: "It is known by «name: kube-apiserver» or by its command.",
                at: root["spec"]?["containers"] ?? root, file)
        }
        containerIndex = first
        rival = found.count > 1 ? containers[found[1]] : nil
    }

    var container: YAMLNode { root["spec"]?["containers"]?.sequence?[containerIndex] ?? root }

    /// The words of a list of the container; none where there is no such list.
    func words(of key: String) throws -> [String] {
        guard let node = container[key], !node.isNull else { return [] }
        guard let elements = node.sequence else {
            throw Self.fault("«\(key)» is \(node.kind), not a list of words", at: node, file)
        }
        return try elements.map { element in
            guard let text = element.text else {
                throw Self.fault("a word of «\(key)» is \(element.kind)", at: element, file)
            }
            return text
        }
    }

    /// The last word of the command line that ends so.
    func word(endingWith ending: String) -> YAMLNode? {
        ["args", "command"].lazy.compactMap { container[$0]?.sequence }
            .compactMap { $0.last { $0.text?.hasSuffix(ending) == true } }.first
    }

    private static func fault(
        _ message: String, hint: String? = nil, at node: YAMLNode, _ file: String
    ) -> Fault {
        Fault(.badInput, message, hint: hint, place: node.place(in: file))
    }
}

extension YAMLNode {
    /// A scalar's text; nothing written is the empty text, as Go's decoder has it.
    var text: String? { isNull ? "" : scalar?.text }
}
