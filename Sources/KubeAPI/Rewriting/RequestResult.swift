internal import Basics
internal import EncryptionModel
internal import HTTP
internal import JSON

/// How a request for one object or one page ended, by what follows from it.
enum RequestFailure: Sendable {
    /// It isn't there (404).
    case gone(Fault)
    /// The list can't be continued (410); with the token that the server offers instead, if any.
    case expired(continueToken: String?, Fault)
    /// Somebody else wrote it at the same moment (409).
    case conflict(Fault)
    /// The server asks for patience (429, or any answer with Retry-After).
    case throttled(after: Duration?, Fault)
    /// The server answered that it can't serve at the moment (502, 503, 504).
    case unavailable(Fault)
    /// The server failed at this one (other 5xx and what makes no sense).
    case failedThere(Fault)
    /// No answer: no connection, a broken one, or none in time.
    case unreached(Fault)
    /// The server says no to this one (other 4xx, a webhook's denial among them).
    case refused(Fault)
    /// No other request can do better: we aren't known (401), or were told to stop.
    case hopeless(Fault)

    init(_ error: any Error, _ activity: String, on server: APIServer) {
        let fault = server.fault(error, activity)
        if let failure = error as? APIFailure {
            self.init(failure, fault)
        } else {
            switch fault.code {
            case .unreachable, .timedOut: self = .unreached(fault)
            case .interrupted, .unauthenticated, .untrusted, .badInput: self = .hopeless(fault)
            default: self = .failedThere(fault)
            }
        }
    }

    private init(_ failure: APIFailure, _ fault: Fault) {
        switch failure.status {
        case 401: self = .hopeless(fault)
        case 404: self = .gone(fault)
        case 409: self = .conflict(fault)
        case 410: self = .expired(continueToken: failure.continueToken, fault)
        case 408: self = .unreached(fault)
        case 429: self = .throttled(after: failure.retryAfter, fault)
        case 503 where failure.retryAfter != nil:
            self = .throttled(after: failure.retryAfter, fault)
        case 502, 503, 504: self = .unavailable(fault)
        case 400..<500: self = .refused(fault)
        default: self = .failedThere(fault)
        }
    }
}

/// A `RequestFailure` as `Result` wants it.
struct RequestFailureError: Error {
    let failure: RequestFailure
}

extension APIServer {
    private static let emptyPatch = SecretBytes(copying: "{}".utf8)
    private static let answerSelection = JSONSelection(
        .object(["kind": .scalar(0), "metadata": .object(["resourceVersion": .scalar(1)])]))

    /// Sends the empty merge patch, on which kube-apiserver stores the object anew if it is stale,
    /// that is, not under the first key of its provider config, and leaves it as it is otherwise
    /// (`k8s.io/apiserver/pkg/storage/etcd3/store.go`, `GuaranteedUpdate`).
    ///
    /// - Returns: the object's version afterwards.
    /// - Throws: `APIFailure` where the server refuses, `Fault` for everything else.
    func touch(_ object: ObjectReference, of resource: ServedResource) async throws
        -> ResourceVersion
    {
        let request = try request(
            "PATCH", resource.path(of: object), accept: MediaType.metadata,
            contentType: MediaType.mergePatch, body: Self.emptyPatch)
        let response = try await exchanger.send(request, limit: 4 << 20)
        guard response.status == 200 else {
            throw APIFailure(head: response.head, body: response.body)
        }
        return try Self.version(in: response.body)
    }

    private static func version(in body: [UInt8]) throws -> ResourceVersion {
        var selector = JSONSelector(answerSelection)
        var kind: String?
        var version: ResourceVersion?
        let receive: JSONSelector.Receiver = { found in
            let text = String(decoding: found.text, as: UTF8.self)
            if found.slot == 0 { kind = text } else { version = ResourceVersion(text) }
        }
        do {
            try body.withUnsafeBytes { try selector.feed($0, receive: receive) }
            try selector.finish(receive: receive)
        } catch let malformed as JSONMalformed {
            throw Fault(.remote, "the answer isn't well-formed JSON: \(malformed)")
        }
        guard kind == "PartialObjectMetadata", let version else {
            throw Fault(.remote, "the answer isn't the metadata of an object")
        }
        return version
    }
}
