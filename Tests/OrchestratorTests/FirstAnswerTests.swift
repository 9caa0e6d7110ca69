import Basics
import EncryptionModel
import HTTP
import KubeAPI
import Testing

@testable import Orchestrator

@Suite struct FirstAnswerTests {
    private static let unreachable = Fault(.unreachable, "no route to host")
    /// Codes that a server's decision would have, but from the way to it.
    private static let ways = [
        unreachable, Fault(.denied, "neither sudo nor Docker"), Fault(.notFound, "no container"),
    ]

    @Test("the node or the way to it fails, whatever the code: the next server is asked")
    func next() async throws {
        for fault in Self.ways {
            let value = try await read(.failure(fault), .success(404))
            #expect(value == nil)
        }
    }

    @Test(
        "a server decides behind one that fails, its decision and no other's fault",
        arguments: [(409, Fault.Code.conflict), (403, .denied), (404, .notFound)])
    func decided(status: Int, code: Fault.Code) async throws {
        for fault in Self.ways {
            let thrown = await #expect(throws: Fault.self) {
                // Nobody is asked after it.
                try await write(.failure(fault), .success(status), .success(200))
            }
            #expect(thrown?.code == code && thrown?.node == "n2")
        }
    }

    @Test("a server fails at it, the next is asked")
    func failing() async throws {
        for status in [401, 429, 500, 503] {
            try await write(.success(status), .success(200))
        }
    }

    @Test("all fail, what kept the first from answering, on its node")
    func none() async {
        let thrown = await #expect(throws: Fault.self) {
            try await write(.failure(Self.unreachable), .success(503))
        }
        #expect(thrown?.code == .unreachable && thrown?.node == "n1")
        let nobody = await #expect(throws: Fault.self) { try await write() }
        #expect(nobody?.code == .refused)
    }

    @Test("asked side by side, some never answer: the answer of one that does, and no waiting")
    func sideBySide() async throws {
        let silent = ServerToAsk(node: "n1") {
            // Deaf to being cancelled, too.
            await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
            throw Self.unreachable
        }
        let value = try await soonest([silent] + Self.scripted([.success(404)]))
        #expect(value == nil)
        let decided = await #expect(throws: Fault.self) {
            try await soonest(
                [silent] + Self.scripted([.failure(Self.unreachable), .success(403)]))
        }
        #expect(decided?.code == .denied && decided?.node == "n2")
    }

    @Test("asked side by side, all fail: what kept the first from answering, on its node")
    func noneSideBySide() async {
        let thrown = await #expect(throws: Fault.self) {
            try await soonest(Self.scripted([.failure(Self.unreachable), .success(503)]))
        }
        #expect(thrown?.code == .unreachable && thrown?.node == "n1")
        let nobody = await #expect(throws: Fault.self) { try await soonest([]) }
        #expect(nobody?.code == .refused)
    }

    private func soonest(_ servers: [ServerToAsk]) async throws -> SecretValue? {
        try await soonestAnswer(of: servers) { try await $0.secretValue(.rkeState) }
    }

    private func read(_ servers: Result<Int, Fault>...) async throws -> SecretValue? {
        try await firstAnswer(of: Self.scripted(servers)) { try await $0.secretValue(.rkeState) }
    }

    private func write(_ servers: Result<Int, Fault>...) async throws {
        let version = try #require(ResourceVersion("5"))
        try await firstAnswer(of: Self.scripted(servers)) { server in
            try await server.replaceSecretValue(
                .rkeState, with: SecretBytes(copying: "{}".utf8), ifStill: version)
        }
    }

    /// Each answers with this status, or can't be reached at all.
    private static func scripted(
        _ results: [Result<Int, Fault>]
    ) -> [ServerToAsk] {
        results.enumerated().map { index, result in
            let node = "n\(index + 1)"
            return ServerToAsk(node: node) {
                APIServer(
                    node: node, exchanger: OneStatus(status: try result.get()),
                    access: APIAccess(host: "api.test", port: 6443, trust: .system))
            }
        }
    }
}

private struct OneStatus: HTTPExchanger {
    let status: Int

    func send(_ request: HTTPRequest, limit: Int) async throws -> HTTPResponse {
        HTTPResponse(head: HTTPHead(status: status, headers: []), body: [])
    }

    func stream(
        _ request: HTTPRequest, consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws -> HTTPHead {
        HTTPHead(status: status, headers: [])
    }

    var traffic: HTTPTraffic { HTTPTraffic(sent: 0, received: 0) }
}
