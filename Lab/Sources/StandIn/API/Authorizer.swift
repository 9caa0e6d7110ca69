/// Who may do what: `system:masters` everything; whoever has proved an identity, health,
/// version and discovery; the anonymous, where they are let in, health and version.
enum Authorizer {
    static func check(_ request: APIRequest, _ target: Target?) throws(APIError) {
        guard let user = request.user else { throw .unauthorized }
        if user.mayDoAnything { return }
        if let target { throw forbidden(user, target) }
        let first = request.path.first ?? ""
        let open = ["healthz", "livez", "readyz", "version"].contains(first)
        let discovery = !user.isAnonymous && ["api", "apis"].contains(first)
        if request.method == "GET", open || discovery { return }
        let verb = ["GET": "get", "POST": "post", "PUT": "put", "DELETE": "delete"]
        throw APIError(
            403, "Forbidden",
            "forbidden: User \"\(user.name)\" cannot \(verb[request.method] ?? "patch") path "
                + "\"\(request.rawPath)\"", details: [:])
    }

    private static func forbidden(_ user: User, _ target: Target) -> APIError {
        let type = target.type
        let place = target.namespace.map { "in the namespace \"\($0)\"" } ?? "at the cluster scope"
        let object = target.name.map { "\(type.groupResource) \"\($0)\"" } ?? type.groupResource
        var details: [String: JSON] = ["kind": .string(type.resource)]
        if let name = target.name { details["name"] = .string(name) }
        if !type.group.isEmpty { details["group"] = .string(type.group) }
        return APIError(
            403, "Forbidden",
            "\(object) is forbidden: User \"\(user.name)\" cannot \(target.verb.rawValue) resource "
                + "\"\(type.resource)\" in API group \"\(type.group)\" \(place)",
            details: .object(details))
    }
}
