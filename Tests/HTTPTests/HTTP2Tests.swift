import Basics
import Foundation
import Testing

@testable import HTTP

/// Against nghttpd, the reference server of libnghttp2.
struct HTTP2Tests {
    private struct Server {
        let authority: TestAuthority
        let program: RunningProgram
        let port: Int

        init(_ more: [String] = []) throws {
            authority = try TestAuthority()
            let certificate = try authority.issue("server")
            try Data("hello".utf8).write(to: URL(fileURLWithPath: authority.folder + "/hello"))
            try Data(repeating: 7, count: 1 << 20).write(
                to: URL(fileURLWithPath: authority.folder + "/large"))
            port = try freePort()
            program = try RunningProgram(
                "/usr/sbin/nghttpd",
                ["-a", "127.0.0.1", "-d", authority.folder] + more
                    + [String(port), certificate.keyFile, certificate.certificateFile],
                port: port)
        }

        func url(_ path: String) -> String { "https://127.0.0.1:\(port)\(path)" }

        /// A client that reaches the server through a relay, which counts connections.
        func client(
            _ change: (inout HTTPClientConfiguration) -> Void = { _ in }
        ) throws -> (HTTPClient, TCPRelay) {
            let relay = TCPRelay(to: port)
            var configuration = HTTPClientConfiguration(
                trust: .authorities(pem: try authority.certificate.certificatePEM),
                dial: relay.dial, connectTimeout: .seconds(30), idleTimeout: .seconds(60))
            change(&configuration)
            return (try HTTPClient(configuration), relay)
        }
    }

    private func sum(
        _ count: Int, _ client: HTTPClient, _ url: String,
        _ headers: [(name: String, value: String)] = []
    ) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<count {
                group.addTask {
                    let response = try await client.send(
                        HTTPRequest("GET", url, headers: headers))
                    return response.status == 200 ? response.body.count : -1_000_000
                }
            }
            return try await group.reduce(0, +)
        }
    }

    @Test("a thousand requests at once over one connection, as many streams side by side")
    func multiplexed() async throws {
        let server = try Server()
        defer { server.program.end() }
        let (client, relay) = try server.client { $0.connectionsPerHost = 1 }
        #expect(try await sum(1000, client, server.url("/hello")) == 5000)
        #expect(relay.targets == ["127.0.0.1:\(server.port)"])
        await client.shutdown()
    }

    @Test("more requests than streams allowed go over a few further connections, all answered")
    func severalConnections() async throws {
        let server = try Server(["-m", "10"])
        defer { server.program.end() }
        let (client, relay) = try server.client { $0.connectionsPerHost = 3 }
        #expect(try await sum(500, client, server.url("/hello")) == 2500)
        // Not one a request. libcurl replaces connections on which streams were refused.
        #expect((2...50).contains(relay.targets.count), "\(relay.targets)")
        await client.shutdown()
    }

    @Test("more is asked at once than the kernel's buffers hold, and all is answered")
    func manyLongRequests() async throws {
        let server = try Server(["-m", "5000"])
        defer { server.program.end() }
        let (client, relay) = try server.client {
            ($0.streamsPerConnection, $0.requestsInFlight) = (5000, 5000)
            $0.connectionsPerHost = 1
            $0.idleTimeout = .seconds(10)
        }
        let url = server.url("/hello")
        #expect(try await sum(1, client, url) == 5)
        relay.pause(for: .milliseconds(300))
        let token = String(repeating: "x", count: 900)
        #expect(try await sum(5000, client, url, [("authorization", token)]) == 25_000)
        await client.shutdown()
    }

    @Test("large answers side by side arrive whole")
    func largeAnswers() async throws {
        let server = try Server()
        defer { server.program.end() }
        let (client, _) = try server.client()
        #expect(try await sum(20, client, server.url("/large")) == 20 << 20)
        await client.shutdown()
    }

    @Test("HTTP/1.1 where it is forced, one request a connection at a time")
    func forcedHTTP1() async throws {
        // nghttpd speaks HTTP/2 only, so being turned down shows that it wasn't offered.
        let server = try Server()
        defer { server.program.end() }
        let (client, _) = try server.client { $0.version = .http1 }
        await #expect(throws: Fault.self) {
            _ = try await client.send(HTTPRequest("GET", server.url("/hello")))
        }
    }

    @Test("one stream cancelled, the others on its connection go on")
    func cancelOneStream() async throws {
        let server = try Server()
        defer { server.program.end() }
        let (client, relay) = try server.client { $0.connectionsPerHost = 1 }
        let url = server.url("/large")
        _ = try await client.send(HTTPRequest("GET", server.url("/hello")))
        let doomed = (0..<20).map { _ in Task { try await client.send(HTTPRequest("GET", url)) } }
        async let kept = sum(5, client, url)
        doomed.forEach { $0.cancel() }
        for task in doomed { _ = await task.result }
        #expect(try await kept == 5 << 20)
        #expect(relay.targets.count == 1)
    }

    @Test("the server ends, the next request dials anew and carries the dialler's reason")
    func serverEnds() async throws {
        var server: Server? = try Server()
        let port = try #require(server?.port)
        let (client, _) = try #require(try server?.client())
        let url = "https://127.0.0.1:\(port)/hello"
        #expect(try await sum(10, client, url) == 50)
        server?.program.end()
        server = nil
        var fault: Fault?
        // A request that comes before the end is noticed fails on the old connection.
        for _ in 0..<100 where fault?.code != .denied {
            fault = await #expect(throws: Fault.self) {
                _ = try await client.send(HTTPRequest("GET", url))
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(fault?.code == .denied, "the relay's own reason: \(String(describing: fault))")
    }

    @Test("an answer of 16 KiB comes at once while an earlier request waits for its own, both end")
    func answerReadByAnother() async throws {
        let server = try ScriptedHTTP2Server()
        let relay = TCPRelay(to: server.port)
        let client = try HTTPClient(
            HTTPClientConfiguration(
                trust: .authorities(pem: try server.authority.certificate.certificatePEM),
                dial: relay.dial, connectTimeout: .seconds(30), idleTimeout: .seconds(10)))
        async let first = client.send(HTTPRequest("GET", server.url("/first")))
        try await server.awaitRequests(1)
        async let second = client.send(HTTPRequest("GET", server.url("/second")))
        try await server.awaitRequests(2)
        let body = [UInt8](repeating: 7, count: 16 << 10)
        server.write(ScriptedHTTP2Server.Frame.settings)
        usleepForDelivery()
        // More than the frames, less than with the records that TLS makes of them.
        relay.gather(body.count + 60)
        server.write(
            ScriptedHTTP2Server.Frame.head(stream: 3)
                + ScriptedHTTP2Server.Frame.end(stream: 3, body))
        #expect(try await second.body.count == body.count)
        server.write(
            ScriptedHTTP2Server.Frame.head(stream: 1)
                + ScriptedHTTP2Server.Frame.end(stream: 1, Array("late".utf8)))
        #expect(try await first.body.count == 4)
        await client.shutdown()
    }
}
