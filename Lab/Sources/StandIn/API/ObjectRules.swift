/// The checks and defaults of the served kinds.
enum ObjectRules {
    private static let maximumData = 1 << 20

    /// Fills in what the server fills in before a new or changed object is checked.
    static func defaulted(_ object: JSON, _ type: ResourceType) -> JSON {
        var object = object
        switch type.resource {
        case "secrets":
            if let plain = object["stringData"]?.object {
                var data = object["data"]?.object ?? [:]
                for (name, value) in plain {
                    data[name] = .string(Base64.encode(Array((value.string ?? "").utf8)))
                }
                object["data"] = data.isEmpty ? nil : .object(data)
            }
            object["stringData"] = nil
            if object["type"] == nil || object["type"] == "" { object["type"] = "Opaque" }
        case "namespaces":
            let metadata = object["metadata"] ?? [:]
            var labels = metadata["labels"] ?? [:]
            labels["kubernetes.io/metadata.name"] = metadata["name"]
            object["metadata"] = metadata.setting("labels", labels)
        default: break
        }
        return object
    }

    /// What is wrong with an object; `old` is what it replaces.
    static func problems(
        _ object: JSON, replacing old: JSON?, _ type: ResourceType
    ) -> [APIError.Cause] {
        var problems = old == nil ? problems(ofName: object, type) : []
        if let old { problems += immutableMetadata(object, old) }
        if type.resource == "leases" { return problems + leaseNumbers(object) }
        guard type.resource == "secrets" || type.resource == "configmaps" else { return problems }
        problems += dataKeys(object)
        if let old {
            if type.resource == "secrets", object["type"] != old["type"] {
                problems.append(
                    .invalid("type", object["type"]?.string ?? "", "field is immutable"))
            }
            problems += immutableData(object, old)
        }
        return problems
    }

    private static func problems(ofName object: JSON, _ type: ResourceType) -> [APIError.Cause] {
        let name = object["metadata"]?["name"]?.string ?? ""
        guard !name.isEmpty else {
            return [.required("metadata.name", "name or generateName is required")]
        }
        let parts =
            type.isNamespaced
            ? name.split(separator: ".", omittingEmptySubsequences: false)
            : [name[...]]
        let limit = type.isNamespaced ? 253 : 63
        if name.utf8.count > limit {
            return [.invalid("metadata.name", name, "must be no more than \(limit) characters")]
        }
        if !type.isNamespaced, name.contains(".") {
            return [.invalid("metadata.name", name, "must not contain dots")]
        }
        guard parts.allSatisfy(isLabel) else {
            return [.invalid("metadata.name", name, type.isNamespaced ? badSubdomain : badLabel)]
        }
        return []
    }

    private static let badSubdomain =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
        + "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex "
        + "used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    private static let badLabel =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
        + "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex "
        + "used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

    private static func isLabel(_ text: Substring) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte)
        }
        guard let first = text.utf8.first, let last = text.utf8.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    private static func immutableMetadata(_ object: JSON, _ old: JSON) -> [APIError.Cause] {
        ["uid", "creationTimestamp"].compactMap { field in
            let (now, before) = (object["metadata"]?[field], old["metadata"]?[field])
            return now == before
                ? nil : .invalid("metadata.\(field)", now?.string ?? "", "field is immutable")
        }
    }

    private static func leaseNumbers(_ object: JSON) -> [APIError.Cause] {
        let spec = object["spec"]
        var problems: [APIError.Cause] = []
        if let seconds = spec?["leaseDurationSeconds"]?.integer, seconds <= 0 {
            problems.append(
                .invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"))
        }
        if let transitions = spec?["leaseTransitions"]?.integer, transitions < 0 {
            problems.append(
                .invalid(
                    "spec.leaseTransitions", transitions, "must be greater than or equal to 0"))
        }
        return problems
    }

    private static func dataKeys(_ object: JSON) -> [APIError.Cause] {
        var size = 0
        var problems: [APIError.Cause] = []
        for field in ["data", "binaryData"] {
            for (name, value) in object[field]?.object ?? [:] {
                size += name.utf8.count + (value.string?.utf8.count ?? 0)
                let allowed = name.utf8.allSatisfy { byte in
                    (0x61...0x7a).contains(byte | 0x20) || (0x30...0x39).contains(byte)
                        || [0x2d, 0x2e, 0x5f].contains(byte)
                }
                if name.isEmpty || !allowed || name == "." || name == ".." {
                    problems.append(.invalid("\(field)[\(name)]", name, badKey))
                }
            }
        }
        // Base64 is a third longer than what it stands for.
        let limit = object["kind"] == "Secret" ? maximumData / 3 * 4 : maximumData
        if size > limit {
            problems.append(
                APIError.Cause(
                    reason: "FieldValueTooLong",
                    message: "Too long: may not be more than \(maximumData) bytes", field: "data"))
        }
        return problems
    }

    private static let badKey =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
        + "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is "
        + "'[-._a-zA-Z0-9]+')"

    private static func immutableData(_ object: JSON, _ old: JSON) -> [APIError.Cause] {
        guard old["immutable"] == true else { return [] }
        let why = "field is immutable when `immutable` is set"
        var problems: [APIError.Cause] = []
        if object["immutable"] != true { problems.append(.forbidden("immutable", why)) }
        for field in ["data", "binaryData"] where object[field] != old[field] {
            problems.append(.forbidden(field, why))
        }
        return problems
    }
}
