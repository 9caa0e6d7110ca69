/// The query of a list request.
enum ListQuery {
    static func options(
        _ request: APIRequest, _ target: Target
    ) throws(APIError) -> ObjectStore.ListOptions {
        var options = ObjectStore.ListOptions()
        options.limit = max(0, try integer(request.query["limit"]))
        if let token = request.query["continue"], !token.isEmpty { options.continueToken = token }
        let revision = try integer(request.query["resourceVersion"])
        let match = request.query["resourceVersionMatch"] ?? ""
        if revision > 0 {
            guard options.continueToken == nil else {
                throw .badRequest("specifying resource version is not allowed when using continue")
            }
            // A limit with a version and no match means exactly that version.
            if match == "Exact" || match.isEmpty && options.limit > 0 {
                options.revision = revision
            } else {
                options.minimumRevision = revision
            }
        }
        options.selector = try selector(request)
        let fields = try requirements(request.query["fieldSelector"])
        if let only = fields.first, fields.count == 1, only.name == "metadata.name",
            !only.isNegated, target.namespace != nil || !target.type.isNamespaced
        {
            options.name = only.value
        }
        return options
    }

    private static func integer(_ text: String?) throws(APIError) -> Int64 {
        guard let text, !text.isEmpty else { return 0 }
        guard let value = Int64(text) else {
            throw .badRequest("strconv.ParseInt: parsing \"\(text)\": invalid syntax")
        }
        return value
    }

    private static func selector(
        _ request: APIRequest
    ) throws(APIError) -> (@Sendable (JSON) -> Bool)? {
        let labels = try requirements(request.query["labelSelector"])
        let fields = try requirements(request.query["fieldSelector"])
        guard !labels.isEmpty || !fields.isEmpty else { return nil }
        return { object in
            labels.allSatisfy { $0.holds(object["metadata"]?["labels"]?[$0.name]?.string) }
                && fields.allSatisfy { requirement in
                    let path = requirement.name.split(separator: ".").map(String.init)
                    let value = path.reduce(JSON?.some(object)) { $0?[$1] }
                    return requirement.holds(value?.string)
                }
        }
    }

    private struct Requirement: Sendable {
        let name: String
        /// Nil asks only whether there is one.
        let value: String?
        let isNegated: Bool

        func holds(_ found: String?) -> Bool {
            (value == nil ? found != nil : found == value) != isNegated
        }
    }

    private static func requirements(_ text: String?) throws(APIError) -> [Requirement] {
        var found: [Requirement] = []
        for clause in (text ?? "").split(separator: ",") {
            guard !clause.contains("("), !clause.contains(" ") else {
                throw .badRequest("the stand-in knows no set-based selectors: \(clause)")
            }
            let isNegated = clause.hasPrefix("!") || clause.contains("!=")
            let parts = clause.split { $0 == "=" || $0 == "!" }
            guard let name = parts.first else { continue }
            let value = clause.contains("=") ? parts.dropFirst().first.map(String.init) ?? "" : nil
            found.append(Requirement(name: String(name), value: value, isNegated: isNegated))
        }
        return found
    }
}
