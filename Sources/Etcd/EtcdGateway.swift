internal import Basics
internal import Foundation
internal import HTTP
internal import Synchronization

/// etcd's JSON gateway (3.4 and later): each call is a POST of a JSON object.
struct EtcdGateway: Sendable {
    let exchanger: any HTTPExchanger
    /// `https://host:port`, without a slash at the end.
    let baseURL: String

    /// The greatest answer of calls other than ranges, in bytes.
    private static let answerLimit = 1 << 20

    init(exchanger: any HTTPExchanger, baseURL: String) {
        self.exchanger = exchanger
        self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
    }

    /// Calls what has a small answer and reads it.
    func call<Answer: Decodable>(
        _ path: String, _ arguments: String = "{}", as type: Answer.Type
    ) async throws -> Answer {
        let response = try await exchanger.send(
            request(path, arguments), limit: Self.answerLimit)
        guard response.status == 200 else {
            throw fault(path, status: response.status, failure(in: response.body))
        }
        do {
            return try JSONDecoder().decode(type, from: Data(response.body))
        } catch {
            throw Fault(
                .remote, "\(baseURL)\(path): the answer is not etcd's",
                hint: "Is this really an etcd server's client address?", cause: error)
        }
    }

    /// Reads up to `limit` keys of a range.
    ///
    /// - Parameter revision: nil for the newest, agreed on by a quorum.
    func range(
        _ range: EtcdKeyRange, limit: Int, revision: Int64? = nil, isCountOnly: Bool = false
    ) async throws -> RangeAnswer {
        let path = "/v3/kv/range"
        let reading = Mutex<Reading>(.reading(RangeAnswerReader(limit: limit)))
        let arguments = RangeArguments(
            range: range, limit: limit, revision: revision, isCountOnly: isCountOnly)
        let head = try await exchanger.stream(request(path, arguments.json)) { piece in
            // An answer that can't be read is judged at the end, together with its status.
            reading.withLock { $0.read(piece) }
        }
        let result = reading.withLock { $0.finish() }
        guard head.status == 200 else {
            throw fault(path, status: head.status, (try? result.get())?.failure)
        }
        do {
            let answer = try result.get()
            if let failure = answer.failure { throw fault(path, status: head.status, failure) }
            return answer
        } catch let error as RangeAnswerReader.Unreadable {
            throw Fault(
                .remote, "\(baseURL)\(path): the answer can't be read: \(error.reason)",
                hint: "Is this really an etcd server's client address?")
        }
    }

    func streaming(_ path: String) -> HTTPRequest { request(path, "{}") }

    private func request(_ path: String, _ arguments: String) -> HTTPRequest {
        HTTPRequest(
            "POST", baseURL + path, headers: [("Content-Type", "application/json")],
            body: SecretBytes(copying: arguments.utf8))
    }

    private func failure(in body: [UInt8]) -> RangeAnswer.Failure? {
        var reader = RangeAnswerReader(limit: 0)
        return body.withUnsafeBytes { bytes in
            do {
                try reader.read(bytes)
                return try reader.finish().failure
            } catch {
                return nil
            }
        }
    }

    private func fault(_ path: String, status: Int, _ failure: RangeAnswer.Failure?) -> Fault {
        let reason = failure?.message ?? "HTTP status \(status)"
        let hint =
            status == 404
            ? "The JSON gateway under /v3 needs etcd 3.4 or later." : nil
        return Fault(
            code(status: status, failure), "\(baseURL)\(path): etcd says: \(reason)", hint: hint,
            cause: failure.map(EtcdRefusal.init))
    }

    private func code(status: Int, _ failure: RangeAnswer.Failure?) -> Fault.Code {
        switch (failure?.code, status) {
        case (7, _), (_, 403): .denied
        case (16, _), (_, 401): .unauthenticated
        case (4, _), (_, 504): .timedOut
        case (14, _), (_, 503): .unreachable
        case (_, 404): .notFound
        default: .remote
        }
    }
}

/// What etcd refused with: the cause of the gateway's faults.
struct EtcdRefusal: Error {
    /// gRPC's status code (github.com/grpc/grpc/blob/master/doc/statuscodes.md).
    let code: Int?
    let message: String

    init(_ failure: RangeAnswer.Failure) {
        code = failure.code
        message = failure.message
    }

    /// The revision asked for is gone, or unknown to this member: OUT_OF_RANGE (etcd's
    /// api/v3rpc/rpctypes/error.go, ErrGRPCCompacted and ErrGRPCFutureRev).
    var isAboutRevision: Bool { code == 11 }
}

/// An answer under way, or why it can't be read.
private enum Reading {
    case reading(RangeAnswerReader)
    case unreadable(RangeAnswerReader.Unreadable)

    mutating func read(_ piece: UnsafeRawBufferPointer) {
        guard case .reading(var reader) = self else { return }
        // So that there is one reference to what the reader holds, and no copy is made.
        self = .unreadable(.meaning(""))
        do {
            try reader.read(piece)
            self = .reading(reader)
        } catch {
            self = .unreadable(error)
        }
    }

    mutating func finish() -> Result<RangeAnswer, RangeAnswerReader.Unreadable> {
        switch self {
        case .unreadable(let error): return .failure(error)
        case .reading(var reader):
            self = .unreadable(.meaning(""))
            do { return .success(try reader.finish()) } catch { return .failure(error) }
        }
    }
}

extension RangeAnswerReader.Unreadable {
    fileprivate var reason: String {
        switch self {
        case .json(let malformed): malformed.description
        case .meaning(let what): what
        }
    }
}
