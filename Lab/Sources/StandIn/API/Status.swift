/// An answer that says no: Kubernetes' Status object with its HTTP status.
struct APIError: Error, Sendable, CustomStringConvertible {
    let code: Int
    let reason: String
    let message: String
    var details: JSON?
    /// For the 410 of a list: a token with which to go on at the newest revision.
    var continueToken: String?
    var retryAfter: Int?

    init(
        _ code: Int, _ reason: String, _ message: String, details: JSON? = nil,
        continueToken: String? = nil, retryAfter: Int? = nil
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.continueToken = continueToken
        self.retryAfter = retryAfter
    }

    var description: String { message }

    var status: JSON {
        var status: [String: JSON] = [
            "kind": "Status", "apiVersion": "v1", "status": "Failure",
            "metadata": continueToken.map { ["continue": .string($0)] } ?? [:],
            "message": .string(message), "code": .number(String(code)),
        ]
        if !reason.isEmpty { status["reason"] = .string(reason) }
        if let details { status["details"] = details }
        return .object(status)
    }
}

extension APIError {
    private static func details(_ type: ResourceType, _ name: String) -> JSON {
        var details: [String: JSON] = ["name": .string(name), "kind": .string(type.resource)]
        if !type.group.isEmpty { details["group"] = .string(type.group) }
        return .object(details)
    }

    static func notFound(_ type: ResourceType, _ name: String) -> APIError {
        APIError(
            404, "NotFound", "\(type.groupResource) \"\(name)\" not found",
            details: details(type, name))
    }

    static func alreadyExists(_ type: ResourceType, _ name: String) -> APIError {
        APIError(
            409, "AlreadyExists", "\(type.groupResource) \"\(name)\" already exists",
            details: details(type, name))
    }

    static func conflict(
        _ type: ResourceType, _ name: String,
        because reason: String = "the object has been modified; please apply your changes to the "
            + "latest version and try again"
    ) -> APIError {
        APIError(
            409, "Conflict",
            "Operation cannot be fulfilled on \(type.groupResource) \"\(name)\": \(reason)",
            details: details(type, name))
    }

    static func badRequest(_ message: String) -> APIError { APIError(400, "BadRequest", message) }

    static func internalError(_ message: String) -> APIError {
        APIError(
            500, "InternalError", "Internal error occurred: \(message)",
            details: ["causes": [["message": .string(message)]]])
    }

    /// An error that kube-apiserver hands on as it is, without a reason.
    static func unknown(_ message: String) -> APIError { APIError(500, "", message) }

    static let unknownResource = APIError(
        404, "NotFound", "the server could not find the requested resource", details: [:])

    static let methodNotAllowed = APIError(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource",
        details: [:])

    static let unauthorized = APIError(401, "Unauthorized", "Unauthorized")

    static let unsupportedPatch = APIError(
        415, "UnsupportedMediaType", "415: Unsupported Media Type", details: [:])

    static let unsupportedBody = APIError(
        415, "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
            + "application/json, application/yaml, application/vnd.kubernetes.protobuf")

    static func notAcceptable(forList isList: Bool) -> APIError {
        let streams =
            ", application/json;stream=watch, "
            + "application/vnd.kubernetes.protobuf;stream=watch"
        return APIError(
            406, "NotAcceptable",
            "406: Not Acceptable\n\nAvailable representations: application/json, "
                + "application/yaml, application/vnd.kubernetes.protobuf"
                + (isList ? streams : ""), details: [:])
    }

    static func tooLargeResourceVersion(_ wanted: Int64, current: Int64) -> APIError {
        APIError(
            504, "Timeout",
            "Timeout: Too large resource version: \(wanted), current: \(current)",
            details: [
                "causes": [
                    ["reason": "ResourceVersionTooLarge", "message": "Too large resource version"]
                ]
            ])
    }

    /// One field of an object that isn't as it must be.
    struct Cause: Sendable {
        let reason: String
        let message: String
        let field: String

        static func invalid(_ field: String, _ value: String, _ why: String) -> Cause {
            let shown = JSON.string(value).text
            return Cause(
                reason: "FieldValueInvalid", message: "Invalid value: \(shown): \(why)",
                field: field)
        }

        static func invalid(_ field: String, _ value: Int64, _ why: String) -> Cause {
            Cause(
                reason: "FieldValueInvalid", message: "Invalid value: \(value): \(why)",
                field: field)
        }

        static func required(_ field: String, _ why: String) -> Cause {
            Cause(reason: "FieldValueRequired", message: "Required value: \(why)", field: field)
        }

        static func forbidden(_ field: String, _ why: String) -> Cause {
            Cause(reason: "FieldValueForbidden", message: "Forbidden: \(why)", field: field)
        }
    }

    /// Named by its resource, where every other invalid object is named by its kind.
    static func missingVersion(_ type: ResourceType, _ name: String) -> APIError {
        let why = "Invalid value: 0: must be specified for an update"
        return APIError(
            422, "Invalid",
            "\(type.groupResource) \"\(name)\" is invalid: metadata.resourceVersion: \(why)",
            details: details(type, name).setting(
                "causes",
                [
                    [
                        "reason": "FieldValueInvalid", "message": .string(why),
                        "field": "metadata.resourceVersion",
                    ]
                ]))
    }

    /// A precondition of a deletion doesn't hold; named by kind.
    static func preconditionFailed(
        _ type: ResourceType, _ name: String, because reason: String
    ) -> APIError {
        let kind = type.group.isEmpty ? type.kind : "\(type.kind).\(type.group)"
        return APIError(
            409, "Conflict", "Operation cannot be fulfilled on \(kind) \"\(name)\": \(reason)",
            details: details(type, name).setting("kind", .string(type.kind)))
    }

    static func invalid(_ type: ResourceType, _ name: String, _ causes: [Cause]) -> APIError {
        let texts = causes.map { "\($0.field): \($0.message)" }
        var unique: [String] = []
        for text in texts where !unique.contains(text) { unique.append(text) }
        let message = unique.count == 1 ? unique[0] : "[\(unique.joined(separator: ", "))]"
        var details: [String: JSON] = [
            "kind": .string(type.kind),
            "causes": .array(
                causes.map {
                    [
                        "reason": .string($0.reason), "message": .string($0.message),
                        "field": .string($0.field),
                    ]
                }),
        ]
        if !name.isEmpty { details["name"] = .string(name) }
        if !type.group.isEmpty { details["group"] = .string(type.group) }
        let qualified = type.group.isEmpty ? type.kind : "\(type.kind).\(type.group)"
        return APIError(
            422, "Invalid", "\(qualified) \"\(name)\" is invalid: \(message)",
            details: .object(details))
    }
}
