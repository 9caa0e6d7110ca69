internal import Basics
internal import HTTP
internal import LabKit

/// What became of one request.
struct Answer: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Content: Sendable {
        case received(status: Int, body: [UInt8])
        /// Something that a client may meet while its server restarts, and at no other time.
        case notice(Notice)
    }

    /// `GET /api/v1/…`, as the log of wrong answers names it.
    let request: String
    /// The node's name.
    let server: String
    let began: Instant
    let ended: Instant
    let content: Content
}

/// No answer, or one that says that the server isn't fully there.
struct Notice: Sendable, Hashable {
    enum Kind: String, Sendable, Hashable {
        case refused = "connection refused"
        case reset = "connection reset"
        case timedOut = "no answer in time"
        case unavailable = "503"
        case tooManyRequests = "429"
        case shuttingDown = "shutting down"
        case notReadyYet = "not ready yet"
        case etcdLeader = "etcd leader"
        /// libcurl sends a request once more where a kept connection turns out to be closed; if
        /// the server had begun on it, the second one finds it done.
        case doneAlready = "done already"
    }

    let kind: Kind
    let said: String

    /// - Returns: nil where the failure isn't the server's.
    init?(_ fault: Fault) {
        said = fault.message
        switch fault.code {
        case .timedOut: kind = .timedOut
        case .unreachable: kind = fault.message.contains("no connection") ? .refused : .reset
        default: return nil
        }
    }

    /// - Returns: nil where the answer is to be judged like any other.
    init?(status: Int, body: [UInt8]) {
        guard status >= 400 else { return nil }
        said = "\(status) " + String(decoding: body.prefix(400), as: UTF8.self)
        // In the words of kube-apiserver (filters of k8s.io/apiserver, its admission initializers)
        // and of etcd (rpctypes).
        if said.contains("shutting down") {
            kind = .shuttingDown
        } else if said.contains("not yet ready to handle request") {
            kind = .notReadyYet
        } else if said.contains("etcdserver: ") {
            kind = .etcdLeader
        } else if status == 503 {
            kind = .unavailable
        } else if status == 429 {
            kind = .tooManyRequests
        } else {
            return nil
        }
    }

    init(doneAlready said: String) {
        kind = .doneAlready
        self.said = said
    }
}

extension APIServerClient {
    func ask(
        _ method: String, _ path: String, body: [UInt8]? = nil,
        contentType: String = "application/json"
    ) async throws -> Answer {
        let began = ContinuousClock.now
        func answer(_ content: Answer.Content) -> Answer {
            Answer(
                request: "\(method) \(path)", server: node.name, began: began,
                ended: ContinuousClock.now, content: content)
        }
        do {
            let answered = try await send(method, path, body: body, contentType: contentType)
            if let notice = Notice(status: answered.status, body: answered.body) {
                return answer(.notice(notice))
            }
            return answer(.received(status: answered.status, body: answered.body))
        } catch {
            guard let notice = Notice(Fault(error)) else { throw error }
            return answer(.notice(notice))
        }
    }
}
