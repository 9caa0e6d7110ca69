internal import NIOConcurrencyHelpers

/// The verbs on stored objects.
struct ObjectHandler: Sendable {
    let store: ObjectStore
    /// Namespaces seen to exist; they are never removed from etcd here.
    private let namespaces = NIOLockedValueBox<Set<String>>([])

    init(store: ObjectStore) { self.store = store }

    func respond(to request: APIRequest, _ target: Target) async throws -> APIResponse {
        guard request.query["dryRun"] == nil else {
            throw APIError.badRequest("the stand-in can't do dryRun")
        }
        switch (target.verb, target.name) {
        case (.get, let name?): return try await get(request, target, name)
        case (.list, _): return try await list(request, target)
        case (.create, _): return try await create(request, target)
        case (.update, let name?): return try await put(request, target, name)
        case (.patch, let name?): return try await patch(request, target, name)
        case (.delete, let name?): return try await delete(request, target, name)
        default: throw APIError.methodNotAllowed
        }
    }

    private func representation(
        _ request: APIRequest, _ kind: String = "PartialObjectMetadata"
    ) throws(APIError) -> Representation {
        guard let found = Representation(accept: request.headers["accept"], wanting: kind) else {
            throw .notAcceptable(forList: kind.hasSuffix("List"))
        }
        return found
    }

    private func shown(_ object: JSON, _ representation: Representation) -> JSON {
        guard case .metadata = representation else { return object }
        return [
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": object["metadata"] ?? [:],
        ]
    }

    private func get(
        _ request: APIRequest, _ target: Target, _ name: String
    ) async throws -> APIResponse {
        let representation = try representation(request)
        let current = try await store.get(target.type, target.namespace, name)
        let object = current.object.settingResourceVersion(current.revision)
        return APIResponse(200, shown(object, representation))
    }

    private func list(_ request: APIRequest, _ target: Target) async throws -> APIResponse {
        let type = target.type
        let representation = try representation(request, "PartialObjectMetadataList")
        let isMetadata = if case .metadata = representation { true } else { false }
        let options = try ListQuery.options(request, target)
        let page = try await store.list(type, target.namespace, options)
        var metadata: [String: JSON] = ["resourceVersion": .string(String(page.revision))]
        if let token = page.continueToken ?? (type.isCustom && !isMetadata ? "" : nil) {
            metadata["continue"] = .string(token)
        }
        if let remaining = page.remaining {
            metadata["remainingItemCount"] = .number(String(remaining))
        }
        let items = page.items.map { item in
            if isMetadata { return shown(item, representation) }
            // Items of built-in lists go without what the list already says.
            return type.isCustom ? item : item.setting("kind", nil).setting("apiVersion", nil)
        }
        return APIResponse(
            200,
            [
                "kind": .string(isMetadata ? "PartialObjectMetadataList" : "\(type.kind)List"),
                "apiVersion": .string(isMetadata ? "meta.k8s.io/v1" : type.apiVersion),
                "metadata": .object(metadata), "items": .array(items),
            ])
    }

    private func create(_ request: APIRequest, _ target: Target) async throws -> APIResponse {
        let type = target.type
        guard !type.isNamespaced || target.namespace != nil else {
            throw APIError.methodNotAllowed
        }
        let representation = try representation(request)
        var object = try ObjectBody.read(request, type)
        object = try ObjectBody.placed(object, in: target.namespace)
        if let version = object["metadata"]?["resourceVersion"]?.string, !version.isEmpty {
            throw APIError.unknown("resourceVersion should not be set on objects to be created")
        }
        if let namespace = target.namespace { try await requireNamespace(namespace) }
        object = ObjectBody.born(object, type, manager: request.fieldManager)
        let name = object["metadata"]?["name"]?.string ?? ""
        let problems = ObjectRules.problems(object, replacing: nil, type)
        guard problems.isEmpty else { throw APIError.invalid(type, name, problems) }
        let created = try await store.create(type, target.namespace, name, object)
        return APIResponse(201, shown(created, representation))
    }

    private func requireNamespace(_ name: String) async throws {
        if namespaces.withLockedValue({ $0.contains(name) }) { return }
        _ = try await store.get(.namespaces, nil, name)
        namespaces.withLockedValue { _ = $0.insert(name) }
    }

    private func put(
        _ request: APIRequest, _ target: Target, _ name: String
    ) async throws -> APIResponse {
        let type = target.type
        let representation = try representation(request)
        let sent = try ObjectBody.placed(
            try ObjectBody.read(request, type), in: target.namespace)
        try ObjectBody.requireName(sent, name)
        return try await update(target, name, representation) { current in
            guard let current else {
                guard type.createsOnUpdate else { throw APIError.notFound(type, name) }
                let born = ObjectBody.born(sent, type, manager: request.fieldManager)
                let problems = ObjectRules.problems(born, replacing: nil, type)
                guard problems.isEmpty else { throw APIError.invalid(type, name, problems) }
                return born
            }
            return try ObjectBody.replaced(
                current, by: sent, type, name,
                key: store.keyText(type, target.namespace, name), manager: request.fieldManager)
        }
    }

    private func patch(
        _ request: APIRequest, _ target: Target, _ name: String
    ) async throws -> APIResponse {
        let type = target.type
        let media = request.headers["content-type"]?.split(separator: ";").first
        guard media == "application/merge-patch+json" else { throw APIError.unsupportedPatch }
        let representation = try representation(request)
        let patch = try ObjectBody.readPatch(request.body)
        return try await update(target, name, representation) { current in
            guard let current else { throw APIError.notFound(type, name) }
            guard patch != [:] else { return current.object }
            return try ObjectBody.patched(
                current, by: patch, type, name, target.namespace, manager: request.fieldManager)
        }
    }

    private func update(
        _ target: Target, _ name: String, _ representation: Representation,
        _ change: (ObjectStore.Current?) throws -> JSON
    ) async throws -> APIResponse {
        let type = target.type
        do {
            let result = try await store.update(type, target.namespace, name) { current in
                let object = try change(current)
                if let current, Deletion.isDue(object, type) {
                    throw Deletion.Due(object: object, revision: current.revision)
                }
                return object
            }
            return APIResponse(result.created ? 201 : 200, shown(result.object, representation))
        } catch let due as Deletion.Due {
            _ = try await store.delete(type, target.namespace, name) { current in
                guard current.revision == due.revision else { throw APIError.conflict(type, name) }
            }
            let object = due.object.settingResourceVersion(due.revision)
            return APIResponse(200, shown(object, representation))
        }
    }

    private func delete(
        _ request: APIRequest, _ target: Target, _ name: String
    ) async throws -> APIResponse {
        let type = target.type
        let representation = try representation(request)
        let preconditions = try Deletion.Preconditions(request.body)
        let current = try await store.get(type, target.namespace, name)
        if Deletion.hasFinalizers(current.object, type) {
            let result = try await store.update(type, target.namespace, name) { current in
                guard let current else { throw APIError.notFound(type, name) }
                try preconditions.check(current, type, name)
                return Deletion.marked(current.object, type)
            }
            return APIResponse(200, shown(result.object, representation))
        }
        let gone = try await store.delete(type, target.namespace, name) { current in
            try preconditions.check(current, type, name)
        }
        var details: [String: JSON] = ["name": .string(name), "kind": .string(type.resource)]
        if !type.group.isEmpty { details["group"] = .string(type.group) }
        if let uid = gone["metadata"]?["uid"] { details["uid"] = uid }
        return APIResponse(
            200,
            [
                "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success",
                "details": .object(details),
            ])
    }
}
