/// What a client asks.
struct APIRequest: Sendable {
    let method: String
    /// Its segments, without percent signs.
    let path: [String]
    let rawPath: String
    let query: [String: String]
    /// Names in lower case; the last one of a name counts.
    let headers: [String: String]
    let body: [UInt8]
    let user: User?

    init(method: String, uri: String, headers: [String: String], body: [UInt8], user: User?) {
        self.method = method
        self.headers = headers
        self.body = body
        self.user = user
        let halves = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        rawPath = String(halves[0])
        path = halves[0].split(separator: "/").map { percentDecoded($0, plusIsSpace: false) }
        var query: [String: String] = [:]
        for pair in halves.count > 1 ? halves[1].split(separator: "&") : [] {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = percentDecoded(parts[0], plusIsSpace: true)
            query[name] = parts.count > 1 ? percentDecoded(parts[1], plusIsSpace: true) : ""
        }
        self.query = query
    }

    /// Who changes an object, for its managedFields: the program's name in User-Agent.
    var fieldManager: String {
        if let named = query["fieldManager"], !named.isEmpty { return named }
        let agent = headers["user-agent"]?.split(separator: "/").first.map(String.init) ?? ""
        return agent.isEmpty ? "unknown" : agent
    }
}

private func percentDecoded(_ text: Substring, plusIsSpace: Bool) -> String {
    var out: [UInt8] = []
    var bytes = Array(text.utf8)[...]
    while let byte = bytes.popFirst() {
        if byte == UInt8(ascii: "%"), bytes.count >= 2,
            let high = hexadecimalDigit(bytes[bytes.startIndex]),
            let low = hexadecimalDigit(bytes[bytes.startIndex + 1])
        {
            out.append(high << 4 | low)
            bytes.removeFirst(2)
        } else {
            out.append(byte == UInt8(ascii: "+") && plusIsSpace ? 0x20 : byte)
        }
    }
    return String(decoding: out, as: UTF8.self)
}

/// Who a client is, from its certificate.
struct User: Sendable, Equatable {
    let name: String
    let groups: [String]

    static let anonymous = User(name: "system:anonymous", groups: ["system:unauthenticated"])

    var isAnonymous: Bool { self == .anonymous }
    var mayDoAnything: Bool { groups.contains("system:masters") }
}

/// What a client gets.
struct APIResponse: Sendable {
    var status: Int
    var contentType = "application/json"
    var headers: [(String, String)] = []
    var body: [UInt8]
    /// The connection or stream is cut instead of answering.
    var isDropped = false

    init(_ status: Int, _ json: JSON) {
        self.status = status
        body = json.serialized()
    }

    init(_ status: Int, text: String, contentType: String = "text/plain; charset=utf-8") {
        self.status = status
        self.contentType = contentType
        headers = [("x-content-type-options", "nosniff")]
        body = Array(text.utf8)
    }

    init(_ error: APIError) {
        self.init(error.code, error.status)
        if let seconds = error.retryAfter { headers = [("retry-after", String(seconds))] }
    }

    static let dropped: APIResponse = {
        var response = APIResponse(500, text: "")
        response.isDropped = true
        return response
    }()
}

/// How an object may be shown, from the Accept header.
enum Representation {
    case full
    case metadata

    /// Nil when nothing of what the client accepts can be made.
    init?(accept: String?, wanting metadataKind: String) {
        guard let accept, !accept.isEmpty else {
            self = .full
            return
        }
        for clause in accept.split(separator: ",") {
            let parts = clause.split(separator: ";").map {
                String($0.filter { $0 != " " && $0 != "\t" })
            }
            guard let type = parts.first,
                ["application/json", "*/*", "application/*"].contains(type)
            else { continue }
            guard let kind = parts.dropFirst().first(where: { $0.hasPrefix("as=") }) else {
                self = .full
                return
            }
            if kind == "as=\(metadataKind)", parts.contains("g=meta.k8s.io"),
                parts.contains("v=v1")
            {
                self = .metadata
                return
            }
        }
        return nil
    }
}
