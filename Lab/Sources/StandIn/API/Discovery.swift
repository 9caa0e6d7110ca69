/// What the server serves, for clients that look first.
enum Discovery {
    private static let verbs: JSON = ["create", "delete", "get", "list", "patch", "update"]
    static let groups = ["coordination.k8s.io", "lab.example.com"]

    /// Nil when the path is none of discovery's.
    static func respond(to path: [String]) -> JSON? {
        switch path.count {
        case 1 where path[0] == "api":
            return ["kind": "APIVersions", "versions": ["v1"]]
        case 1 where path[0] == "apis":
            return [
                "kind": "APIGroupList", "apiVersion": "v1",
                "groups": .array(groups.map { group($0) }),
            ]
        case 2 where path == ["api", "v1"]: return resources(of: "")
        case 2 where path[0] == "apis" && groups.contains(path[1]):
            return group(path[1]).setting("kind", "APIGroup").setting("apiVersion", "v1")
        case 3 where path[0] == "apis" && groups.contains(path[1]) && path[2] == "v1":
            return resources(of: path[1])
        default: return nil
        }
    }

    private static func group(_ name: String) -> JSON {
        let version: JSON = ["groupVersion": .string("\(name)/v1"), "version": "v1"]
        return ["name": .string(name), "versions": [version], "preferredVersion": version]
    }

    private static func resources(of group: String) -> JSON {
        let resources = ResourceType.all.filter { $0.group == group }.map { type -> JSON in
            var resource: [String: JSON] = [
                "name": .string(type.resource), "singularName": .string(type.singular),
                "namespaced": .bool(type.isNamespaced), "kind": .string(type.kind),
                "verbs": verbs,
            ]
            if !type.shortNames.isEmpty {
                resource["shortNames"] = .array(type.shortNames.map(JSON.string))
            }
            return .object(resource)
        }
        var list: JSON = [
            "kind": "APIResourceList",
            "groupVersion": .string(group.isEmpty ? "v1" : "\(group)/v1"),
            "resources": .array(resources),
        ]
        if !group.isEmpty { list["apiVersion"] = "v1" }
        return list
    }
}
