import Basics
import Foundation
import HTTP
import Synchronization
import Testing

@testable import KubeAPI

/// What a scripted server does with one request.
enum Answer: Sendable {
    case status(Int, String, headers: [(name: String, value: String)] = [])
    case fault(Fault)
    /// Never answers; ends with the task.
    case hang

    static func ok(_ body: String) -> Answer { .status(200, body) }

    /// A refusal as Kubernetes writes it.
    static func refusal(
        _ status: Int, _ reason: String, _ message: String, continueToken: String? = nil,
        headers: [(name: String, value: String)] = []
    ) -> Answer {
        let token = continueToken.map { #""continue":"\#($0)""# } ?? ""
        return .status(
            status,
            #"{"kind":"Status","apiVersion":"v1","metadata":{\#(token)},"status":"Failure","#
                + #""message":"\#(message)","reason":"\#(reason)","code":\#(status)}"#,
            headers: headers)
    }
}

/// Answers what the script foresees, each answer once and in order, and fails the test when it is
/// asked for anything else.
final class ScriptedExchanger: HTTPExchanger {
    private struct State {
        var script: [String: [Answer]]
        var seen: [HTTPRequest] = []
        var inFlight = 0
        var mostInFlight = 0
    }

    private let state: Mutex<State>
    /// In how large pieces bodies are handed over.
    private let piece: Int

    /// - Parameter script: by method and path with query, `GET /version`.
    init(_ script: [String: [Answer]], piece: Int = 997) {
        state = Mutex(State(script: script))
        self.piece = piece
    }

    var seen: [HTTPRequest] { state.withLock { $0.seen } }
    var lines: [String] { seen.map { "\($0.method) \(path($0))" } }
    var mostInFlight: Int { state.withLock { $0.mostInFlight } }
    /// What the script foresees and nobody asked for.
    var left: [String] { state.withLock { $0.script.filter { !$0.value.isEmpty }.keys.sorted() } }
    var traffic: HTTPTraffic { HTTPTraffic(sent: seen.count * 100, received: seen.count * 1000) }
    var executor: (any TaskExecutor)? { OneThread.shared }

    func send(_ request: HTTPRequest, limit: Int) async throws -> HTTPResponse {
        let (head, body) = try await answer(request)
        if body.count > limit { throw Fault(.remote, "longer than \(limit)") }
        return HTTPResponse(head: head, body: body)
    }

    func stream(
        _ request: HTTPRequest, consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws -> HTTPHead {
        let (head, body) = try await answer(request)
        try body.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                try consume(UnsafeRawBufferPointer(rebasing: rest.prefix(piece)))
                rest = rest.dropFirst(piece)
            }
        }
        return head
    }

    private func path(_ request: HTTPRequest) -> String {
        request.url.hasPrefix(APIServer.testURL)
            ? String(request.url.dropFirst(APIServer.testURL.count)) : request.url
    }

    private func answer(_ request: HTTPRequest) async throws -> (HTTPHead, [UInt8]) {
        let line = "\(request.method) \(path(request))"
        let answer: Answer? = state.withLock { state in
            state.seen.append(request)
            state.inFlight += 1
            state.mostInFlight = max(state.mostInFlight, state.inFlight)
            guard state.script[line]?.isEmpty == false else { return nil }
            return state.script[line]?.removeFirst()
        }
        defer { state.withLock { $0.inFlight -= 1 } }
        await Task.yield()
        switch answer {
        case nil:
            Issue.record("not in the script: \(line)")
            throw Fault(.failed, "not in the script: \(line)")
        case .status(let status, let body, let headers):
            let headers = headers.map { ($0.name.lowercased(), $0.value) }
            return (HTTPHead(status: status, headers: headers), Array(body.utf8))
        case .fault(let fault): throw fault
        case .hang:
            try await Task.sleep(for: .seconds(3600))
            throw Fault(.timedOut, "hung")
        }
    }
}

extension APIServer {
    static let testURL = "https://api.test:6443"

    static func test(_ exchanger: any HTTPExchanger, node: String = "n1") -> APIServer {
        APIServer(
            node: node, exchanger: exchanger,
            access: APIAccess(host: "api.test", port: 6443, trust: .system))
    }

    static func test(_ script: [String: [Answer]], node: String = "n1") -> APIServer {
        test(ScriptedExchanger(script), node: node)
    }
}

/// Time that passes only while somebody sleeps, and then at once.
final class TestClock: Sendable {
    private let time = Mutex(Duration.zero)
    private let naps = Mutex<[Duration]>([])

    var slept: [Duration] { naps.withLock { $0 } }
    var now: Duration { time.withLock { $0 } }

    var clock: MonotonicClock {
        MonotonicClock(
            now: { self.now },
            sleep: { duration in
                try Task.checkCancellation()
                let end = self.now + duration
                self.naps.withLock { $0.append(duration) }
                // Whatever else can go on does so first.
                for _ in 0..<20 { await Task.yield() }
                try Task.checkCancellation()
                self.time.withLock { $0 = max($0, end) }
            })
    }
}

/// Catches the fault that the body throws; anything else fails the test.
func faultThrown<Value>(
    _ body: () async throws -> Value, sourceLocation: SourceLocation = #_sourceLocation
) async -> Fault {
    do {
        _ = try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let fault as Fault {
        return fault
    } catch {
        Issue.record("not a fault: \(error)", sourceLocation: sourceLocation)
    }
    return Fault(.failed, "")
}

/// Another one that takes its time for every answer.
struct SlowExchanger: HTTPExchanger {
    private let other: ScriptedExchanger
    private let each: Duration
    private let clock: MonotonicClock
    let roundTrip: Duration?

    init(
        _ other: ScriptedExchanger, each: Duration, clock: MonotonicClock,
        roundTrip: Duration? = nil
    ) {
        self.other = other
        self.each = each
        self.clock = clock
        self.roundTrip = roundTrip
    }

    var traffic: HTTPTraffic { other.traffic }

    func send(_ request: HTTPRequest, limit: Int) async throws -> HTTPResponse {
        try await clock.sleep(each)
        return try await other.send(request, limit: limit)
    }

    func stream(
        _ request: HTTPRequest, consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws -> HTTPHead {
        try await clock.sleep(each)
        return try await other.stream(request, consume: consume)
    }
}
