/// What clients send, turned into the object that is to be stored.
enum ObjectBody {
    static func read(_ request: APIRequest, _ type: ResourceType) throws(APIError) -> JSON {
        let media = request.headers["content-type"]?.split(separator: ";").first ?? ""
        guard media.isEmpty || media == "application/json" else { throw .unsupportedBody }
        let object: JSON
        do { object = try JSON(parsing: request.body) } catch {
            throw .badRequest(
                "the object provided is unrecognized (must be of type \(type.kind)): couldn't get "
                    + "version/kind; json parse error: \(error) (\(excerpt(request.body)))")
        }
        guard object.object != nil else {
            throw .badRequest("the object provided is unrecognized (must be of type \(type.kind))")
        }
        let kind = object["kind"]?.string ?? type.kind
        let apiVersion = object["apiVersion"]?.string ?? type.apiVersion
        guard kind == type.kind, apiVersion == type.apiVersion else {
            throw .badRequest(
                "\(kind) in version \"\(apiVersion)\" cannot be handled as a \(type.kind)")
        }
        let named = object.setting("kind", .string(type.kind))
            .setting("apiVersion", .string(type.apiVersion))
        return try normalized(named, type)
    }

    /// The beginning of a body, as kube-apiserver quotes it.
    private static func excerpt(_ body: [UInt8]) -> String {
        let start = String(decoding: body.prefix(30), as: UTF8.self)
        return body.count > 30 ? start + " ..." : start
    }

    /// The object as it will be read back: only fields that the kind has, only values that count.
    private static func normalized(_ object: JSON, _ type: ResourceType) throws(APIError) -> JSON {
        do { return try roundTrip(object, type) } catch {
            throw .badRequest(
                "\(type.kind) in version \"\(type.version)\" cannot be handled as a "
                    + "\(type.kind): \(error)")
        }
    }

    private static func roundTrip(_ object: JSON, _ type: ResourceType) throws -> JSON {
        let plain = ObjectRules.defaulted(object, type)
        guard !type.isCustom else { return plain }
        return try StoredObject.decode(StoredObject.encode(plain, as: type), as: type)
    }

    /// The object in the namespace of the path, which its own must not contradict.
    static func placed(_ object: JSON, in namespace: String?) throws(APIError) -> JSON {
        guard let namespace else { return object }
        let metadata = object["metadata"] ?? [:]
        let own = metadata["namespace"]?.string ?? ""
        guard own.isEmpty || own == namespace else {
            throw .badRequest(
                "the namespace of the provided object does not match the namespace sent on the "
                    + "request")
        }
        return object.setting("metadata", metadata.setting("namespace", .string(namespace)))
    }

    static func requireName(_ object: JSON, _ name: String) throws(APIError) {
        let own = object["metadata"]?["name"]?.string ?? ""
        if own.isEmpty {
            throw .badRequest("name must be provided")
        }
        guard own == name else {
            throw .badRequest(
                "the name of the object (\(own)) does not match the name on the URL (\(name))")
        }
    }

    /// A new object with what the server gives it.
    static func born(_ sent: JSON, _ type: ResourceType, manager: String) -> JSON {
        var metadata = sent["metadata"] ?? [:]
        let own = metadata["name"]?.string ?? ""
        if own.isEmpty, let stem = metadata["generateName"]?.string, !stem.isEmpty {
            metadata["name"] = .string(stem + randomSuffix())
        }
        let now = WallTime.now()
        metadata["uid"] = .string(uniqueIdentifier())
        metadata["creationTimestamp"] = .string(now.rfc3339)
        metadata["generation"] = type.isCustom ? 1 : nil
        for server in ["resourceVersion", "selfLink", "deletionTimestamp", "managedFields"] {
            metadata[server] = nil
        }
        var object = sent.setting("metadata", metadata)
        if type.resource == "namespaces" {
            object["spec"] = ["finalizers": ["kubernetes"]]
            object["status"] = ["phase": "Active"]
        }
        object = ObjectRules.defaulted(object, type)
        return ManagedFields.record(object, after: nil, by: manager, type: type, now: now)
    }

    static func replaced(
        _ current: ObjectStore.Current, by sent: JSON, _ type: ResourceType, _ name: String,
        key: String, manager: String
    ) throws(APIError) -> JSON {
        let version = sent["metadata"]?["resourceVersion"]?.string ?? ""
        if version.isEmpty, !type.allowsUnconditionalUpdate {
            throw .missingVersion(type, name)
        }
        let old = current.object["metadata"] ?? [:]
        var metadata = sent["metadata"] ?? [:]
        if let uid = metadata["uid"]?.string, !uid.isEmpty, uid != old["uid"]?.string {
            throw .conflict(
                type, name,
                because: "StorageError: invalid object, Code: 4, Key: \(key), ResourceVersion: 0, "
                    + "AdditionalErrorMsg: Precondition failed: UID in precondition: \(uid), "
                    + "UID in object meta: \(old["uid"]?.string ?? "")")
        }
        for kept in ["uid", "creationTimestamp", "generation", "deletionTimestamp"] {
            metadata[kept] = old[kept]
        }
        return try changed(
            current, to: sent.setting("metadata", metadata), type, name, manager: manager)
    }

    static func readPatch(_ body: [UInt8]) throws(APIError) -> JSON {
        let patch: JSON
        do { patch = try JSON(parsing: body) } catch {
            throw .badRequest("error decoding patch: \(error)")
        }
        switch patch {
        case .object: return patch
        case .array:
            throw .badRequest(
                "error decoding patch: json: cannot unmarshal array into Go value of type "
                    + "map[string]interface {}")
        default: throw .badRequest("error decoding patch: not an object")
        }
    }

    static func patched(
        _ current: ObjectStore.Current, by patch: JSON, _ type: ResourceType, _ name: String,
        _ namespace: String?, manager: String
    ) throws(APIError) -> JSON {
        let before = current.object.settingResourceVersion(current.revision)
        let merged = before.merged(with: patch)
        let object: JSON
        do { object = try roundTrip(merged, type) } catch {
            let cause = APIError.Cause.invalid("patch", merged.text, "\(error)")
            throw APIError(
                422, "Invalid", " \"\" is invalid: patch: \(cause.message)",
                details: [
                    "causes": [
                        [
                            "reason": .string(cause.reason), "message": .string(cause.message),
                            "field": "patch",
                        ]
                    ]
                ])
        }
        try requireName(object, name)
        if let own = object["metadata"]?["namespace"]?.string, own != namespace {
            throw .badRequest(
                "the namespace of the object (\(own)) does not match the namespace on the URL "
                    + "(\(namespace ?? ""))")
        }
        return try changed(current, to: object, type, name, manager: manager)
    }

    /// The checks and bookkeeping that every change of an existing object goes through.
    private static func changed(
        _ current: ObjectStore.Current, to wanted: JSON, _ type: ResourceType, _ name: String,
        manager: String
    ) throws(APIError) -> JSON {
        var metadata = wanted["metadata"] ?? [:]
        let version = metadata["resourceVersion"]?.string ?? ""
        if !version.isEmpty, version != String(current.revision) { throw .conflict(type, name) }
        metadata["resourceVersion"] = nil
        metadata["managedFields"] = current.object["metadata"]?["managedFields"]
        var object = wanted.setting("metadata", metadata)
        if object == current.object { return object }
        let problems = ObjectRules.problems(object, replacing: current.object, type)
        guard problems.isEmpty else { throw .invalid(type, name, problems) }
        if type.isCustom, object.setting("metadata", nil) != current.object.setting("metadata", nil)
        {
            let generation = (metadata["generation"]?.integer ?? 0) + 1
            object["metadata"] = metadata.setting("generation", .number(String(generation)))
        }
        return ManagedFields.record(
            object, after: current.object, by: manager, type: type, now: .now())
    }
}

/// Five characters as `generateName` appends them: no vowels, no digits that look like letters.
private func randomSuffix() -> String {
    let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
    return String((0..<5).compactMap { _ in alphabet.randomElement() })
}

/// A random UUID (RFC 9562, version 4).
func uniqueIdentifier() -> String {
    var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    let digits = Array(hexadecimal(bytes))
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
        .joined(separator: "-")
}
