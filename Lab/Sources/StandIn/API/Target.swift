/// What a path of the API names: a collection or one object of it.
struct Target: Sendable {
    enum Verb: String, Sendable {
        case create, get, list, update, patch, delete, deletecollection, watch, other
    }

    let type: ResourceType
    /// Nil for every namespace, and for kinds that have none.
    let namespace: String?
    let name: String?
    let verb: Verb

    /// Nil when the path names nothing that is served.
    init?(_ request: APIRequest) {
        let path = request.path
        let group: String
        let rest: ArraySlice<String>
        if path.first == "api", path.count >= 3 {
            group = ""
            guard path[1] == "v1" else { return nil }
            rest = path[2...]
        } else if path.first == "apis", path.count >= 4 {
            group = path[1]
            rest = path[3...]
            guard path[2] == "v1" else { return nil }
        } else {
            return nil
        }
        var parts = rest
        if parts.first == "namespaces", parts.count >= 3 {
            namespace = parts.dropFirst().first
            parts = parts.dropFirst(2)
        } else {
            namespace = nil
        }
        guard let resource = parts.popFirst() else { return nil }
        let found = ResourceType.all.first { $0.group == group && $0.resource == resource }
        name = parts.popFirst()
        guard let type = found, parts.isEmpty, type.isNamespaced || namespace == nil,
            name == nil || namespace != nil || !type.isNamespaced
        else { return nil }
        self.type = type
        verb = Self.verb(request, named: name != nil)
    }

    private static func verb(_ request: APIRequest, named: Bool) -> Verb {
        switch (request.method, named) {
        case ("GET", true), ("HEAD", true): .get
        case ("GET", false), ("HEAD", false):
            ["1", "true"].contains(request.query["watch"] ?? "") ? .watch : .list
        case ("POST", false): .create
        case ("PUT", true): .update
        case ("PATCH", true): .patch
        case ("DELETE", true): .delete
        case ("DELETE", false): .deletecollection
        default: .other
        }
    }
}
