import Basics
import Glibc
import Synchronization
import Testing

@testable import HTTP

struct ExchangeTests {
    private func client(_ change: (inout HTTPClientConfiguration) -> Void = { _ in }) throws
        -> HTTPClient
    {
        var configuration = HTTPClientConfiguration(proxy: .none, connectTimeout: .seconds(30))
        change(&configuration)
        return try HTTPClient(configuration)
    }

    @Test("status, headers and body come as sent; the connection is kept")
    func simpleExchange() async throws {
        let server = try ScriptedServer([
            "GET /a": { _, connection in
                connection.write("HTTP/1.1 103 Early Hints\r\nLink: no\r\n\r\n")
                connection.answer(
                    status: "404 Not Found",
                    headers: "X-One: 1\r\nx-TWO:\t2 \r\nX-One: 3\r\n", "gone")
            }
        ])
        let client = try client()
        for _ in 0..<3 {
            let response = try await client.send(HTTPRequest("GET", server.url("/a?x=y")))
            #expect(response.status == 404)
            #expect(response.body == Array("gone".utf8))
            #expect(response.head["X-ONE"] == "1")
            #expect(response.head["x-two"] == "2")
            #expect(response.head["link"] == nil)
            #expect(
                response.head.headers.map(\.name) == ["x-one", "x-two", "x-one", "content-length"])
        }
        #expect(server.connections == 1)
        #expect(server.requests.map(\.line) == Array(repeating: "GET /a?x=y", count: 3))
    }

    @Test("each method is sent with the body it has, and leaves nothing to the next request")
    func methodsAndBodies() async throws {
        let echo: ScriptedServer.Script = { request, connection in
            let length = request.value(of: "content-length") ?? "none"
            let type = request.value(of: "content-type") ?? "none"
            connection.answer("\(length) \(type) \(String(decoding: request.body, as: UTF8.self))")
        }
        let server = try ScriptedServer([
            "GET /": echo, "POST /": echo, "PATCH /": echo, "PUT /": echo, "DELETE /": echo,
            "HEAD /": { _, connection in
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
            },
        ])
        let client = try client { $0.requestsInFlight = 1 }
        let cases: [(String, String?, String?, String)] = [
            ("GET", nil, nil, "none none "),
            ("POST", "{}", "application/json", "2 application/json {}"),
            ("GET", nil, nil, "none none "), ("POST", nil, nil, "0 none "),
            ("HEAD", nil, nil, ""), ("PATCH", "abc", nil, "3 none abc"),
            ("PUT", "", nil, "0 none "),
            ("DELETE", nil, nil, "none none "), ("DELETE", "x", nil, "1 none x"),
            ("GET", nil, nil, "none none "),
        ]
        for (method, body, type, expected) in cases {
            let request = HTTPRequest(
                method, server.url("/"), headers: type.map { [("Content-Type", $0)] } ?? [],
                body: body.map { SecretBytes(copying: Array($0.utf8)) })
            let response = try await client.send(request)
            #expect(String(decoding: response.body, as: UTF8.self) == expected, "\(method)")
        }
        #expect(server.connections == 1)
        #expect(server.requests.allSatisfy { $0.value(of: "expect") == nil })
    }

    @Test("a body of several megabytes arrives whole")
    func largeBody() async throws {
        let server = try ScriptedServer([
            "PUT /": { request, connection in
                let sum = request.body.reduce(0) { ($0 &* 31 &+ Int($1)) % 1_000_003 }
                connection.answer("\(request.body.count) \(sum)")
            }
        ])
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let sum = bytes.reduce(0) { ($0 &* 31 &+ Int($1)) % 1_000_003 }
        let response = try await client().send(
            HTTPRequest("PUT", server.url("/"), body: SecretBytes(copying: bytes)))
        #expect(String(decoding: response.body, as: UTF8.self) == "3000000 \(sum)")
    }

    @Test("a chunked answer is streamed piece by piece, with nothing collected")
    func chunkedStream() async throws {
        let server = try ScriptedServer([
            "GET /": { _, connection in
                connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for piece in ["one", "two", "three"] {
                    connection.write("\(String(piece.utf8.count, radix: 16))\r\n\(piece)\r\n")
                }
                connection.write("0\r\nX-Trailer: t\r\n\r\n")
            }
        ])
        let text = Mutex("")
        let head = try await client().stream(HTTPRequest("GET", server.url("/"))) { piece in
            text.withLock { $0 += String(decoding: piece, as: UTF8.self) }
        }
        #expect(head.status == 200)
        #expect(head["x-trailer"] == nil)
        #expect(text.withLock { $0 } == "onetwothree")
    }

    /// `onetwothree` a hundred times.
    private static let compressed: [UInt8] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 207, 75, 45, 41, 207, 47, 201, 40, 74, 77, 205, 31,
        101, 142, 50, 71, 153, 163, 76, 114, 153, 0, 45, 82, 244, 150, 76, 4, 0, 0,
    ]

    @Test("compression allowed, the answer as it was before; not allowed, not asked for")
    func compression() async throws {
        let server = try ScriptedServer([
            "GET /": { request, connection in
                guard request.value(of: "accept-encoding") == "gzip" else {
                    return connection.answer("plain, \(request.value(of: "accept-encoding") ?? "")")
                }
                connection.write(
                    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                        + "Content-Length: \(Self.compressed.count)\r\n\r\n")
                connection.write(Self.compressed)
            }
        ])
        let client = try client()
        for _ in 1...2 {
            let allowed = HTTPRequest("GET", server.url("/"), mayBeCompressed: true)
            let answer = try await client.send(allowed)
            #expect(answer.body == Array(String(repeating: "onetwothree", count: 100).utf8))
            await #expect(throws: Fault.self) { try await client.send(allowed, limit: 1000) }
            let plain = try await client.send(HTTPRequest("GET", server.url("/")))
            #expect(plain.body == Array("plain, ".utf8))
        }
    }

    @Test("compressed bytes that make no sense, a fault")
    func badCompression() async throws {
        let server = try ScriptedServer([
            "GET /": { _, connection in
                connection.answer(headers: "Content-Encoding: gzip\r\n", "not compressed at all")
            }
        ])
        let request = HTTPRequest("GET", server.url("/"), mayBeCompressed: true)
        let client = try client()
        await #expect(throws: Fault.self) { try await client.send(request) }
    }

    @Test("what the consumer throws ends the transfer and is thrown")
    func consumerThrows() async throws {
        struct Enough: Error {}
        let server = try ScriptedServer([
            "GET /": { _, connection in
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nabc")
                connection.waitForEnd()
            }
        ])
        await #expect(throws: Enough.self) {
            _ = try await client().stream(HTTPRequest("GET", server.url("/"))) { _ in throw Enough()
            }
        }
    }

    @Test("a thousand requests at once, all answered, over no more connections than allowed")
    func thousandAtOnce() async throws {
        let server = try ScriptedServer([
            "GET /": { request, connection in connection.answer(request.value(of: "x-number") ?? "")
            }
        ])
        let client = try client { $0.connectionsPerHost = 8 }
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...1000 {
                group.addTask {
                    let request = HTTPRequest(
                        "GET", server.url("/"), headers: [("X-Number", String(number))])
                    let response = try await client.send(request)
                    return Int(String(decoding: response.body, as: UTF8.self)) ?? 0
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 500_500)
        #expect(server.connections <= 8)
    }

    @Test("many requests, one, and many again: the connections of before are still there")
    func lull() async throws {
        let server = try ScriptedServer(["GET /": { _, connection in connection.answer("yes") }])
        let client = try client { $0.connectionsPerHost = 8 }
        for count in [100, 1, 100] {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<count {
                    group.addTask { _ = try await client.send(HTTPRequest("GET", server.url("/"))) }
                }
                try await group.waitForAll()
            }
        }
        #expect(server.connections <= 8)
    }

    @Test(
        "a slow answer, whose time isn't the way's: that is the handshake's, known once connected")
    func roundTrip() async throws {
        let server = try ScriptedServer([
            "GET /": { _, connection in
                usleep(500_000)
                connection.answer("yes")
            }
        ])
        let client = try client()
        #expect(client.roundTrip == nil)
        _ = try await client.send(HTTPRequest("GET", server.url("/")))
        let first = try #require(client.roundTrip)
        #expect(first > .zero && first < .milliseconds(500))
        _ = try await client.send(HTTPRequest("GET", server.url("/")))
        #expect(server.connections == 1)
        #expect(client.roundTrip == first)
    }

    @Test("traffic counts every byte of requests and answers once")
    func trafficCounted() async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
        let server = try ScriptedServer([
            "POST /": { _, connection in connection.write(answer) },
            "GET /": { _, connection in connection.write(answer) },
        ])
        let client = try client()
        for count in [0, 2, 5000, 300_000] {
            let body = SecretBytes(copying: [UInt8](repeating: 65, count: count))
            _ = try await client.send(HTTPRequest("POST", server.url("/"), body: body))
            #expect(client.traffic.sent == server.bytesReceived, "\(count)")
        }
        _ = try await client.send(HTTPRequest("GET", server.url("/")))
        #expect(
            client.traffic
                == HTTPTraffic(
                    sent: server.bytesReceived, received: 5 * answer.utf8.count))
    }

    @Test(
        "a header or URL that would smuggle in another line is refused, nothing is sent",
        arguments: [
            ("http://127.0.0.1:1/a b", "X", "y"), ("http://127.0.0.1:1/\r\nX: y", "X", "y"),
            ("http://127.0.0.1:1/", "X\r\nZ", "y"), ("http://127.0.0.1:1/", "X", "y\r\nZ: 1"),
            ("http://127.0.0.1:1/", "X:", "y"), ("ftp://127.0.0.1:1/", "X", "y"),
            ("no url", "X", "y"),
        ])
    func malformedRequests(url: String, name: String, value: String) async throws {
        let fault = try #require(
            await #expect(throws: Fault.self) {
                _ = try await client().send(HTTPRequest("GET", url, headers: [(name, value)]))
            })
        #expect(fault.code == .failed)
    }
}
