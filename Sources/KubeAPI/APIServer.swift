internal import Basics
internal import Foundation
public import HTTP

/// One control-plane server, addressed on its own.
///
/// Requests carry the name from the kubeconfig, which every server's certificate has, while the
/// exchanger connects to this one node; see `APIAccess.configuration(connectingTo:dial:)`.
public struct APIServer: Sendable {
    /// The node's name, as the user wrote it; every fault is told on it.
    public let node: String
    public let exchanger: any HTTPExchanger
    private let baseURL: String
    private let credentials: Credentials

    public init(node: String, exchanger: any HTTPExchanger, access: APIAccess) {
        self.node = node
        self.exchanger = exchanger
        baseURL = access.baseURL
        credentials = Credentials(access.token)
    }

    /// - Parameters:
    ///   - path: begins with `/`, percent-encoded, with the query if any.
    ///   - accept: JSON of the object itself unless told otherwise.
    func request(
        _ method: String, _ path: String, accept: String = MediaType.json,
        contentType: String? = nil, body: SecretBytes? = nil, mayBeCompressed: Bool = false
    ) throws -> HTTPRequest {
        var headers = [(name: "Accept", value: accept)]
        if let contentType { headers.append(("Content-Type", contentType)) }
        if let token = try credentials.token() {
            headers.append(("Authorization", "Bearer \(token)"))
        }
        return HTTPRequest(
            method, baseURL + path, headers: headers, body: body, mayBeCompressed: mayBeCompressed)
    }

    /// The whole answer to a GET.
    ///
    /// - Parameter activity: what is being done to what; begins every fault.
    func get(
        _ path: String, accept: String = MediaType.json, limit: Int = 16 << 20, activity: String
    ) async throws -> [UInt8] {
        try await told(activity) {
            let response = try await exchanger.send(
                request("GET", path, accept: accept), limit: limit)
            guard response.status == 200 else {
                throw APIFailure(head: response.head, body: response.body)
            }
            return response.body
        }
    }

    /// The answer to a GET, decoded.
    func get<Value: Decodable>(
        _ type: Value.Type, _ path: String, accept: String = MediaType.json,
        limit: Int = 16 << 20, activity: String
    ) async throws -> Value {
        let body = try await get(path, accept: accept, limit: limit, activity: activity)
        return try told(activity) { try decode(type, from: body) }
    }

    func decode<Value: Decodable>(_ type: Value.Type, from body: [UInt8]) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw Fault(
                .remote, "the answer isn't what Kubernetes' API gives: \(error.shortDescription)",
                hint: "is this really the address of a kube-apiserver?", cause: error)
        }
    }

    /// Runs `body` and makes a fault of what it throws, with activity and node named.
    func told<Value>(
        _ activity: String, _ body: () async throws -> Value
    ) async throws -> Value {
        do { return try await body() } catch { throw fault(error, activity) }
    }

    func told<Value>(_ activity: String, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch { throw fault(error, activity) }
    }

    func fault(_ error: any Error, _ activity: String) -> Fault {
        let fault = (error as? APIFailure)?.fault(activity) ?? Fault(error).during(activity)
        return fault.on(node: node)
    }
}

/// The representations that we ask for and send.
enum MediaType {
    static let json = "application/json"
    /// Metadata only: no data of any object leaves the server.
    static let metadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    static let metadataList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    static let mergePatch = "application/merge-patch+json"
}

extension String {
    /// As one segment of a path or one value of a query: everything but RFC 3986's unreserved
    /// characters is encoded.
    var percentEncoded: String {
        // Nearly every name of Kubernetes is written in these alone.
        if utf8.allSatisfy(Self.isUnreserved) { return self }
        return utf8.map { byte in
            Self.isUnreserved(byte)
                ? String(UnicodeScalar(byte))
                : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}

extension Error {
    /// A decoding error without the bytes that it was about.
    var shortDescription: String {
        switch self as? DecodingError {
        case .keyNotFound(let key, let context): "\(context.place)\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(context.place)is of another type"
        case .dataCorrupted: "it isn't well-formed JSON"
        default: String(describing: self)
        }
    }
}

extension DecodingError.Context {
    fileprivate var place: String { codingPath.map { $0.stringValue + "." }.joined() }
}
