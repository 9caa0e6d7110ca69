internal import Basics
internal import HTTP
internal import JSON

/// A Docker Engine, spoken to by its HTTP API (1.24 and later).
///
/// Speaks the Engine's own newest version: an older one would leave out of an inspection what it
/// doesn't know, and a container made from it would lack that.
struct EngineClient: Sendable {
    /// The oldest API that has what is used here (Docker 1.12).
    static let oldestAPI = APIVersion(major: 1, minor: 24)

    private let http: any HTTPExchanger
    private let patient: any HTTPExchanger
    /// As Docker prints it, such as `20.10.24`.
    let version: String
    let api: APIVersion

    struct APIVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
        let major: Int
        let minor: Int

        var description: String { "\(major).\(minor)" }

        static func < (left: APIVersion, right: APIVersion) -> Bool {
            (left.major, left.minor) < (right.major, right.minor)
        }
    }

    /// Asks the Engine for its version.
    ///
    /// - Parameters:
    ///   - http: whatever host it is asked for, it must reach the Engine.
    ///   - patient: used for what may rightly take minutes; else `http`.
    init(asking http: any HTTPExchanger, patient: (any HTTPExchanger)? = nil) async throws {
        let response = try await http.send(HTTPRequest("GET", "http://docker/version"))
        guard response.status == 200 else { throw Self.fault(response, "ask Docker's version") }
        let answer = try JSONValue(answer: response.body)
        let parts = (answer["ApiVersion"]?.text ?? "").split(separator: ".").map { Int($0) }
        guard let version = answer["Version"]?.text, parts.count == 2,
            let major = parts[0], let minor = parts[1]
        else { throw Fault(.remote, "what answers as Docker doesn't tell its version") }
        let api = APIVersion(major: major, minor: minor)
        guard api >= Self.oldestAPI else {
            throw Fault(
                .refused, "Docker \(version) speaks API \(api), older than \(Self.oldestAPI)",
                hint: "Update Docker on the node.")
        }
        self.http = http
        self.patient = patient ?? http
        self.version = LogExcerpt.plain(version)
        self.api = api
    }

    /// Sends a request and returns the answer when its status is one of `accepted`.
    ///
    /// - Parameters:
    ///   - isSlow: it ends only when something else has, such as a container.
    ///   - activity: what is being done, for the fault: `start container kube-apiserver`.
    func call(
        _ method: String, _ path: String, _ query: [(String, String)] = [],
        body: (type: String, bytes: SecretBytes)? = nil, accepting accepted: Set<Int> = [200],
        limit: Int = 16 << 20, isSlow: Bool = false, to activity: String
    ) async throws -> HTTPResponse {
        let headers = body.map { [(name: "Content-Type", value: $0.type)] } ?? []
        let url = "http://docker/v\(api)\(path)\(Self.encode(query))"
        let response: HTTPResponse
        do {
            response = try await (isSlow ? patient : http).send(
                HTTPRequest(method, url, headers: headers, body: body?.bytes), limit: limit)
        } catch {
            throw Self.unanswered(
                Fault(error), "\(method) http://docker/v\(api)\(path): ", activity)
        }
        guard accepted.contains(response.status) else { throw Self.fault(response, activity) }
        return response
    }

    /// The answer's JSON.
    func ask(
        _ method: String, _ path: String, _ query: [(String, String)] = [],
        body: JSONValue? = nil, accepting accepted: Set<Int> = [200], isSlow: Bool = false,
        to activity: String
    ) async throws -> JSONValue {
        let body = body.map { (type: "application/json", bytes: SecretBytes(copying: $0.bytes)) }
        let response = try await call(
            method, path, query, body: body, accepting: accepted, isSlow: isSlow, to: activity)
        return response.body.isEmpty ? .null : try JSONValue(answer: response.body)
    }

    static let hintWhereItHangs =
        "Look at Docker on the node (journalctl -u docker) and restart it if it hangs."

    /// The activity says more to a person than the request does, so that is left out.
    private static func unanswered(
        _ fault: Fault, _ request: String, _ activity: String
    ) -> Fault {
        if fault.code == .timedOut {
            return Fault(
                .timedOut, "can't \(activity): the Docker Engine doesn't answer",
                hint: hintWhereItHangs, node: fault.node, cause: fault)
        }
        let reason =
            fault.message.hasPrefix(request)
            ? String(fault.message.dropFirst(request.count)) : fault.message
        return Fault(
            fault.code, "can't \(activity): \(reason)", hint: fault.hint, place: fault.place,
            node: fault.node, cause: fault.cause)
    }

    private static func fault(_ response: HTTPResponse, _ activity: String) -> Fault {
        let message = (try? JSONValue(answer: response.body))?["message"]?.text
        let reason = message.map(LogExcerpt.plain) ?? "no reason given"
        let code: Fault.Code =
            switch response.status {
            case 404: .notFound
            case 409: .conflict
            case 401, 403: .denied
            default: .remote
            }
        return Fault(code, "can't \(activity): Docker says: \(reason) (\(response.status))")
    }

    private static func encode(_ query: [(String, String)]) -> String {
        guard !query.isEmpty else { return "" }
        return "?" + query.map { "\($0)=\(encode($1))" }.joined(separator: "&")
    }

    /// Percent-encodes all but RFC 3986's unreserved characters.
    static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
