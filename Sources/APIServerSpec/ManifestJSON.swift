internal import Basics
internal import YAML

extension ManifestTree {
    /// The kubelet takes what begins with a brace as JSON, not as YAML (`IsJSONBuffer`).
    static func isJSON(_ contents: SecretBytes) -> Bool {
        contents.withUnsafeBytes { bytes in
            bytes.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "{")
        }
    }

    func checkJSON(_ contents: SecretBytes) throws {
        guard Self.isJSON(contents), let node = firstBeyondJSON(in: root) else { return }
        throw refusal(
            "it begins with a brace, so the kubelet reads it as JSON, and this isn't JSON",
            hint: "Write a line «---» before it, or quote it.", at: node)
    }

    private func firstBeyondJSON(in node: YAMLNode) -> YAMLNode? {
        guard node.alias == nil, node.anchor == nil, node.tag == nil else { return node }
        switch node.content {
        case .scalar(let scalar):
            let isPlain =
                scalar.style == .plain && scalar.resolved != .string && !scalar.bytes.isEmpty
            return isPlain || scalar.style == .doubleQuoted ? nil : node
        case .sequence(let items): return items.lazy.compactMap(firstBeyondJSON).first
        case .mapping(let mapping):
            for entry in mapping.entries {
                guard entry.keyNode.scalar?.style == .doubleQuoted else { return entry.keyNode }
                if let found = firstBeyondJSON(in: entry.value) { return found }
            }
            return nil
        }
    }
}
