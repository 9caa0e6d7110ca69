public import Basics
internal import Foundation
internal import HTTP

/// Kubernetes' object of kind `Status`: why a request failed
/// (`k8s.io/apimachinery/pkg/apis/meta/v1/types.go`). All members are optional, since proxies
/// between us and the server answer in words of their own.
struct StatusObject: Decodable, Sendable {
    struct Details: Decodable, Sendable {
        let retryAfterSeconds: Int?
    }

    struct Metadata: Decodable, Sendable {
        let `continue`: String?
    }

    let kind: String?
    let message: String?
    let reason: String?
    let details: Details?
    let metadata: Metadata?
}

/// An answer that isn't success.
struct APIFailure: Error, Sendable {
    let status: Int
    /// Kubernetes' word, such as `Forbidden` or `Expired`; nil where something else answered.
    let reason: String?
    /// What the server said, on one line.
    let message: String
    /// How long the server asks us to stay away.
    let retryAfter: Duration?
    /// With 410: the token with which the rest of the list can be had all the same.
    let continueToken: String?

    init(head: HTTPHead, body: [UInt8]) {
        status = head.status
        let object = Self.statusObject(in: body)
        reason = object?.reason
        message = object?.message.map(\.onOneLine) ?? Self.excerpt(of: body, status: head.status)
        continueToken = object?.metadata?.continue
        let seconds = head["Retry-After"].flatMap(Int.init) ?? object?.details?.retryAfterSeconds
        // An hour is more than any server asks for; what is greater is a mistake.
        retryAfter = seconds.map { .seconds(min(max($0, 0), 3600)) }
    }

    /// Anything but a well-formed `Status` counts as none: then the body itself is quoted.
    private static func statusObject(in body: [UInt8]) -> StatusObject? {
        guard let object = try? JSONDecoder().decode(StatusObject.self, from: Data(body)),
            object.kind == "Status"
        else { return nil }
        return object
    }

    private static func excerpt(of body: [UInt8], status: Int) -> String {
        let text = String(decoding: body.prefix(400), as: UTF8.self).onOneLine
        return text.isEmpty
            ? "HTTP status \(status) without a word" : "HTTP status \(status): \(text)"
    }
}

extension APIFailure {
    private var code: Fault.Code {
        switch status {
        case 401: .unauthenticated
        case 403: .denied
        case 404, 410: .notFound
        case 409: .conflict
        case 408, 504: .timedOut
        default: .remote
        }
    }

    private var hint: String? {
        switch status {
        case 401:
            "the API server doesn't know the credentials in the kubeconfig (expired, or of "
                + "another cluster?); get a fresh kubeconfig"
        case 403 where !message.contains("admission webhook"):
            "use the credentials of a cluster administrator, or grant the right that the server "
                + "names"
        case 429: "the API server is overloaded; try again later"
        default: nil
        }
    }

    /// - Parameter activity: what was being done to what, such as «listing secrets».
    func fault(_ activity: String) -> Fault {
        Fault(code, "\(activity): \(message)", hint: hint, cause: self)
    }
}

extension Fault {
    /// Whether an API server has decided the request, so that asking another could at most hide
    /// what this one said.
    ///
    /// The code alone doesn't tell: a node on the way to its server may deny something, too, or
    /// lack it.
    public var isAPIDecision: Bool {
        cause is APIFailure && [.conflict, .denied, .notFound].contains(code)
    }

    /// Whether a write came too late: the object was changed, made or removed meanwhile.
    var isMissedWrite: Bool { isAPIDecision && code != .denied }
}

extension String {
    /// What a server says ends up on terminals, so it holds no line breaks or control characters.
    var onOneLine: String {
        let printable = unicodeScalars.prefix(1000).map { scalar -> Character in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: " "
            default: Character(scalar)
            }
        }
        return String(printable).split(separator: " ").joined(separator: " ")
    }
}
