public import EncryptionModel

/// A kind of object as a server offers it.
public struct ServedResource: Sendable, Hashable {
    public let name: GroupResource
    /// The version by which we speak of it: the group's preferred one that has it.
    public let version: String
    public let isNamespaced: Bool
    public let verbs: Set<String>

    public init(name: GroupResource, version: String, isNamespaced: Bool, verbs: Set<String>) {
        self.name = name
        self.version = version
        self.isNamespaced = isNamespaced
        self.verbs = verbs
    }

    /// Whether its objects can be listed and patched, as a rewrite must.
    public var isRewritable: Bool { verbs.isSuperset(of: ["list", "patch"]) }

    /// The path of the collection: in one namespace, or (nil) of all.
    func path(in namespace: String?) -> String {
        let root = name.group.isEmpty ? "/api" : "/apis/\(name.group.percentEncoded)"
        let middle = namespace.map { "/namespaces/\($0.percentEncoded)" } ?? ""
        return "\(root)/\(version.percentEncoded)\(middle)/\(name.resource.percentEncoded)"
    }

    func path(of object: ObjectReference) -> String {
        "\(path(in: object.namespace))/\(object.name.percentEncoded)"
    }
}
