import Basics
import Testing

@testable import HTTP

/// What goes wrong on the way without TLS, and how it is told.
struct FailureTests {
    private func client(_ change: (inout HTTPClientConfiguration) -> Void = { _ in }) throws
        -> HTTPClient
    {
        var configuration = HTTPClientConfiguration(proxy: .none, connectTimeout: .seconds(30))
        change(&configuration)
        return try HTTPClient(configuration)
    }

    private func fault(
        of url: String, _ client: HTTPClient, limit: Int = 1 << 20
    ) async throws -> Fault {
        try #require(
            await #expect(throws: Fault.self) {
                _ = try await client.send(HTTPRequest("GET", url), limit: limit)
            })
    }

    @Test("nobody listens, refused is said with the address but without the query")
    func refused() async throws {
        let port = try freePort()
        let fault = try await fault(of: "http://me:pw@127.0.0.1:\(port)/x?token=s3cret", client())
        #expect(fault.code == .unreachable)
        #expect(
            fault.message.hasPrefix(
                "GET http://127.0.0.1:\(port)/x: no connection: Connection refused"))
        #expect(!fault.message.contains("s3cret") && !fault.message.contains("pw"))
    }

    @Test("a name that doesn't exist is told by name")
    func unknownName() async throws {
        let fault = try await fault(of: "http://no-such-host.invalid/", client())
        #expect(fault.code == .unreachable)
        #expect(fault.message.contains("Could not resolve host: no-such-host.invalid"))
    }

    @Test(
        "the connection is reset or closed in mid-body, broken is said with the bytes that came",
        arguments: [true, false],
        [
            "Content-Length: 100\r\n\r\n0123456789",
            "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n",
        ])
    func brokenBody(isReset: Bool, start: String) async throws {
        let server = try ScriptedServer([
            "GET /": { _, connection in
                connection.write("HTTP/1.1 200 OK\r\n" + start)
                // So that the reset doesn't overtake what was written.
                usleepForDelivery()
                if isReset { connection.reset() } else { connection.close() }
            }
        ])
        let fault = try await fault(of: server.url("/"), client())
        #expect(fault.code == .unreachable)
        #expect(fault.message.contains("the connection broke after 10 bytes of the answer's body"))
    }

    @Test("the connection is closed before any answer, which is said")
    func closedWithoutAnswer() async throws {
        let server = try ScriptedServer(["GET /": { _, connection in connection.close() }])
        let fault = try await fault(of: server.url("/"), client())
        #expect(fault.code == .unreachable)
        #expect(fault.message.contains("the connection broke before the answer"))
    }

    @Test(
        "an answer longer than the limit is refused, announced or not",
        arguments: [
            "Content-Length: 11\r\n\r\n0123456789A",
            "Transfer-Encoding: chunked\r\n\r\nb\r\n0123456789A\r\n0\r\n\r\n",
        ])
    func overLimit(rest: String) async throws {
        let server = try ScriptedServer([
            "GET /": { _, connection in connection.write("HTTP/1.1 200 OK\r\n" + rest) }
        ])
        let fault = try await fault(of: server.url("/"), client(), limit: 10)
        #expect(fault.code == .remote)
        #expect(fault.message.contains("longer than 10 bytes"))
        let response = try await client().send(HTTPRequest("GET", server.url("/")), limit: 11)
        #expect(response.body.count == 11)
    }

    @Test("endless headers are refused")
    func endlessHeaders() async throws {
        let server = try ScriptedServer([
            "GET /": { _, connection in
                connection.write("HTTP/1.1 200 OK\r\n")
                for _ in 0..<400 {
                    connection.write("X: \(String(repeating: "y", count: 1000))\r\n")
                }
                connection.write("Content-Length: 0\r\n\r\n")
            }
        ])
        let fault = try await fault(of: server.url("/"), client())
        #expect(fault.code == .remote || fault.code == .unreachable)
    }

    @Test("no answer within the request's time, timed out")
    func requestTimeout() async throws {
        let server = try ScriptedServer(["GET /": { _, connection in connection.waitForEnd() }])
        let fault = try await fault(
            of: server.url("/"), client { $0.requestTimeout = .milliseconds(200) })
        #expect(fault.code == .timedOut)
    }

    @Test("a body that stops coming, timed out by idleness")
    func idleTimeout() async throws {
        let server = try ScriptedServer([
            "GET /": { _, connection in
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
                connection.waitForEnd()
            }
        ])
        let fault = try await fault(of: server.url("/"), client { $0.idleTimeout = .seconds(1) })
        #expect(fault.code == .timedOut)
    }

    @Test("the task is cancelled, the transfer ends and so does its connection")
    func cancelled() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let server = try ScriptedServer([
            "GET /": { _, connection in
                start.yield()
                connection.waitForEnd()
                end.yield()
            }
        ])
        let client = try client()
        let task = Task { try await client.send(HTTPRequest("GET", server.url("/"))) }
        for await _ in started { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        for await _ in ended { break }
    }

    @Test("waiting and cancelled tasks leave the queue, the rest is answered")
    func cancelledInQueue() async throws {
        let (started, start) = AsyncStream.makeStream(of: ScriptedConnection.self)
        let server = try ScriptedServer([
            "GET /first": { _, connection in start.yield(connection) },
            "GET /last": { _, connection in connection.answer("last") },
        ])
        let client = try client { $0.requestsInFlight = 1 }
        let first = Task { try await client.send(HTTPRequest("GET", server.url("/first"))) }
        var connection: ScriptedConnection?
        for await next in started {
            connection = next
            break
        }
        let queued = (0..<100).map { _ in
            Task { try await client.send(HTTPRequest("GET", server.url("/never"))) }
        }
        queued.forEach { $0.cancel() }
        for task in queued {
            await #expect(throws: CancellationError.self) { _ = try await task.value }
        }
        let last = Task { try await client.send(HTTPRequest("GET", server.url("/last"))) }
        connection?.answer("first")
        #expect(try await first.value.body == Array("first".utf8))
        #expect(try await last.value.body == Array("last".utf8))
    }

    @Test("a task cancelled beforehand sends nothing")
    func cancelledBefore() async throws {
        let server = try ScriptedServer([:])
        let client = try client()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await client.send(HTTPRequest("GET", server.url("/")))
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(server.requests.isEmpty)
    }

    @Test("shut down with requests under way and waiting, all are told; later ones too")
    func shutdown() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let server = try ScriptedServer([
            "GET /": { _, connection in
                start.yield()
                connection.waitForEnd()
            }
        ])
        let client = try client { $0.requestsInFlight = 1 }
        let tasks = (0..<3).map { _ in
            Task { _ = try await client.send(HTTPRequest("GET", server.url("/"))) }
        }
        for await _ in started { break }
        await client.shutdown()
        await client.shutdown()
        for task in tasks {
            let fault = try #require(await #expect(throws: Fault.self) { try await task.value })
            #expect(fault.code == .interrupted)
        }
        #expect(try await fault(of: server.url("/"), client).code == .interrupted)
    }
}
