import Basics
import EncryptionModel
import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

@testable import KubeAPI

/// A small cluster: objects with versions, kept with their history so that lists are consistent,
/// behind several servers that fail at random, while others write.
private final class SimulatedCluster: Sendable {
    struct Object: Sendable {
        var version: Int
        /// Stored under a key that is to go.
        var isStale: Bool
    }

    struct State {
        var random: SeededRandom
        var revision = 100
        /// Name to its states, by the revision that wrote them; nil for deleted.
        var history: [String: [(revision: Int, object: Object?)]] = [:]
        var denied: Set<String> = []
        /// How often a list may still turn out to be too old.
        var expiries: Int
        var faultsPerHundred: Int
        var writesPerHundred: Int

        var names: [String] { history.keys.sorted() }

        func object(_ name: String, at revision: Int) -> Object? {
            history[name]?.last { $0.revision <= revision }?.object
        }

        mutating func write(_ name: String, isStale: Bool) {
            revision += 1
            let object = Object(version: revision, isStale: isStale)
            history[name, default: []].append((revision, object))
        }

        mutating func delete(_ name: String) {
            revision += 1
            history[name, default: []].append((revision, nil))
        }

        mutating func chance(_ perHundred: Int) -> Bool {
            Int.random(in: 0..<100, using: &random) < perHundred
        }
    }

    let state: Mutex<State>

    init(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 0...60, using: &random)
        let faults = Int.random(in: 0...25, using: &random)
        let writes = Int.random(in: 0...30, using: &random)
        let expiries = Int.random(in: 0...4, using: &random)
        var state = State(
            random: random, expiries: expiries, faultsPerHundred: faults, writesPerHundred: writes)
        for index in 0..<count {
            let name = "s\(1000 + index)"
            state.write(name, isStale: !state.chance(10))
            if state.chance(5) { state.denied.insert(name) }
            if state.chance(5) { state.delete(name) }
        }
        self.state = Mutex(state)
    }

    /// What another client does now and then. All servers write with the new key by now.
    func disturb(_ state: inout State) {
        guard state.chance(state.writesPerHundred) else { return }
        let names = state.names
        switch Int.random(in: 0..<3, using: &state.random) {
        case 0: state.write("s\(Int.random(in: 900..<1100, using: &state.random))", isStale: false)
        case 1:
            if let name = names.randomElement(using: &state.random),
                state.object(name, at: state.revision) != nil
            {
                state.write(name, isStale: false)
            }
        default:
            if let name = names.randomElement(using: &state.random) { state.delete(name) }
        }
    }

    /// Names of the objects that are still under the old key.
    var stale: Set<String> {
        state.withLock { state in
            Set(state.names.filter { state.object($0, at: state.revision)?.isStale == true })
        }
    }

    var denied: Set<String> { state.withLock { $0.denied } }
}

private final class SimulatedServer: HTTPExchanger {
    private let cluster: SimulatedCluster

    init(_ cluster: SimulatedCluster) { self.cluster = cluster }

    var traffic: HTTPTraffic { HTTPTraffic() }
    var executor: (any TaskExecutor)? { OneThread.shared }

    func send(_ request: HTTPRequest, limit: Int) async throws -> HTTPResponse {
        await Task.yield()
        let answer = try cluster.state.withLock { state in
            cluster.disturb(&state)
            return request.method == "PATCH"
                ? try patch(request, &state) : try list(request, &state)
        }
        guard case .status(let status, let body, let headers) = answer else {
            throw Fault(.failed, "no such answer")
        }
        let head = HTTPHead(
            status: status, headers: headers.map { ($0.name.lowercased(), $0.value) })
        return HTTPResponse(head: head, body: Array(body.utf8))
    }

    func stream(
        _ request: HTTPRequest, consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws -> HTTPHead {
        let response = try await send(request, limit: .max)
        try response.body.withUnsafeBytes(consume)
        return response.head
    }

    private func patch(
        _ request: HTTPRequest, _ state: inout SimulatedCluster.State
    ) throws -> Answer {
        let name = String(request.url.split(separator: "/").last ?? "")
        if state.denied.contains(name) { return .refusal(403, "Forbidden", "denied by a webhook") }
        let isLost = state.chance(state.faultsPerHundred / 4)
        if !isLost, let fault = try randomFault(&state) { return fault }
        guard let object = state.object(name, at: state.revision) else {
            return .refusal(404, "NotFound", "not found")
        }
        if object.isStale { state.write(name, isStale: false) }
        // Stored, but the answer gets lost on the way.
        if isLost { throw Fault(.unreachable, "connection broke") }
        return Scripted.stored("\(state.object(name, at: state.revision)?.version ?? 0)")
    }

    private func randomFault(_ state: inout SimulatedCluster.State) throws -> Answer? {
        guard state.chance(state.faultsPerHundred) else { return nil }
        return switch Int.random(in: 0..<6, using: &state.random) {
        case 0: .refusal(409, "Conflict", "modified meanwhile")
        case 1: .refusal(429, "TooManyRequests", "wait", headers: [("Retry-After", "1")])
        case 2: .refusal(500, "InternalError", "etcdserver: request timed out")
        case 3: .status(503, "shutting down")
        case 4: .ok("{")
        default: throw Fault(.timedOut, "no answer in time")
        }
    }

    /// Tokens are `revision.lastName`; revision 0 stands for the present.
    private func list(
        _ request: HTTPRequest, _ state: inout SimulatedCluster.State
    ) throws -> Answer {
        if let fault = try randomFault(&state) { return fault }
        let query = request.url.split(separator: "?").last?.split(separator: "&") ?? []
        let limit = query.compactMap { Int($0.dropFirst("limit=".count)) }.first ?? 1
        var (revision, after) = (state.revision, "")
        if let token = query.first(where: { $0.hasPrefix("continue=") })?.dropFirst(9) {
            let parts = token.split(separator: ".", omittingEmptySubsequences: false)
            let wanted = Int(parts[0]) ?? 0
            after = String(parts[1])
            if wanted > 0, state.expiries > 0, state.chance(10) {
                state.expiries -= 1
                let offered = state.chance(50) ? "0.\(after)" : nil
                return .refusal(410, "Expired", "too old", continueToken: offered)
            }
            if wanted > 0 { revision = wanted }
        }
        let found = state.names.filter { $0 > after }.compactMap { name in
            state.object(name, at: revision).map { (name, "\($0.version)") }
        }
        let page = Array(found.prefix(limit))
        let more = found.count > limit ? page.last.map { "\(revision).\($0.0)" } : nil
        return Scripted.page(page, version: "\(revision)", continueToken: more)
    }
}

@Suite(.timeLimit(.minutes(5))) struct RewriteWalkTests {
    @Test("random clusters and faults, nothing is left under the old key but what is named")
    func walk() async throws {
        for seed in UInt64(1)...200 {
            let cluster = SimulatedCluster(seed: seed)
            let servers = (1...3).map { APIServer.test(SimulatedServer(cluster), node: "n\($0)") }
            let options = RewriteOptions(
                concurrency: Int(seed % 20) + 1, pageSize: Int(seed % 7) + 1,
                retry: RetryPolicy(attempts: 12, firstDelay: .milliseconds(10)))
            let rewriter = Rewriter(servers: servers, options: options, clock: TestClock().clock)
            let watermark = try await rewriter.watermark(of: Scripted.secrets)
            let outcome = try await rewriter.rewrite(Scripted.secrets, watermark: watermark)
            let failed = Set(outcome.failed.map { String($0.object.dropFirst("ns/".count)) })
            let stale = cluster.stale
            #expect(stale.isSubset(of: failed), "seed \(seed): \(stale.subtracting(failed))")
            #expect(outcome.failed.count == outcome.failedCount)
            #expect(
                outcome.rewritten + outcome.skipped + outcome.unchanged + outcome.failedCount
                    == outcome.objects, "seed \(seed): \(outcome)")
        }
    }
}
