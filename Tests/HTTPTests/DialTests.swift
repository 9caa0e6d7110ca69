import Basics
import Foundation
import Synchronization
import Testing

@testable import HTTP

/// Connections made by somebody else, over socket pairs.
struct DialTests {
    @Test("a plain server behind the dialler, many requests over one kept connection, no look-up")
    func plain() async throws {
        let server = try ScriptedServer([
            "GET /info": { _, connection in
                connection.write(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ninfo\r\n0\r\n\r\n")
            },
            "POST /create": { request, connection in
                connection.answer(String(decoding: request.body, as: UTF8.self))
            },
        ])
        let dialled = Mutex<[String]>([])
        let client = try HTTPClient(
            HTTPClientConfiguration(
                dial: { descriptor, host, port, _ in
                    dialled.withLock { $0.append("\(host):\(port)") }
                    server.serveOnThread(descriptor)
                }, version: .http1))
        for number in 0..<200 {
            let info = try await client.send(HTTPRequest("GET", "http://docker.invalid/info"))
            #expect(info.body == Array("info".utf8))
            let body = SecretBytes(copying: Array("\(number)".utf8))
            let made = try await client.send(
                HTTPRequest("POST", "http://docker.invalid/create", body: body))
            #expect(made.body == Array("\(number)".utf8))
        }
        #expect(dialled.withLock { $0 } == ["docker.invalid:80"])
        #expect(server.connections == 1)
    }

    @Test(
        "hosts and ports are asked for as the URL or the configuration names them",
        arguments: [
            ("http://[2001:db8::1]:8080/", nil, "2001:db8::1:8080"),
            ("https://node.invalid/", nil, "node.invalid:443"),
            ("https://name.invalid:6443/", "10.0.0.1", "10.0.0.1:2379"),
        ] as [(String, String?, String)])
    func targets(url: String, connectTo: String?, expected: String) async throws {
        let dialled = Mutex<[String]>([])
        let client = try HTTPClient(
            HTTPClientConfiguration(
                connectTo: connectTo.map { ($0, 2379) },
                dial: { descriptor, host, port, failed in
                    dialled.withLock { $0.append("\(host):\(port)") }
                    failed(Fault(.unreachable, "no"))
                    close(descriptor)
                }))
        await #expect(throws: Fault.self) { _ = try await client.send(HTTPRequest("GET", url)) }
        #expect(dialled.withLock { $0 } == [expected])
    }

    @Test(
        "the dialler fails, its reason is the request's", arguments: ["http", "https"],
        [false, true])
    func diallerFails(scheme: String, isLate: Bool) async throws {
        let client = try HTTPClient(
            HTTPClientConfiguration(
                dial: { descriptor, _, _, failed in
                    @Sendable func fail() {
                        failed(Fault(.denied, "forwarding is switched off", hint: "Switch it on."))
                        close(descriptor)
                    }
                    if isLate {
                        Thread.detachNewThread {
                            usleepForDelivery()
                            fail()
                        }
                    } else {
                        fail()
                    }
                }))
        let fault = try #require(
            await #expect(throws: Fault.self) {
                _ = try await client.send(HTTPRequest("GET", "\(scheme)://node.invalid/x?y"))
            })
        #expect(fault.code == .denied)
        #expect(fault.message == "GET \(scheme)://node.invalid/x: forwarding is switched off")
        #expect(fault.hint == "Switch it on.")
    }

    @Test("the relay breaks under a kept connection, the next request dials anew")
    func redial() async throws {
        let server = try ScriptedServer([
            "GET /": { _, connection in
                connection.answer("x")
                connection.close()
            }
        ])
        let dials = Mutex(0)
        let client = try HTTPClient(
            HTTPClientConfiguration(
                dial: { descriptor, _, _, _ in
                    dials.withLock { $0 += 1 }
                    server.serveOnThread(descriptor)
                }))
        for _ in 0..<3 {
            #expect(try await client.send(HTTPRequest("GET", "http://x.invalid/")).status == 200)
            usleepForDelivery()
        }
        #expect(dials.withLock { $0 } == 3)
    }

    @Test("a dialler that never answers, unreachable after the time for connecting")
    func silentDialler() async throws {
        let descriptors = Mutex<[Int32]>([])
        let client = try HTTPClient(
            HTTPClientConfiguration(
                dial: { descriptor, _, _, _ in descriptors.withLock { $0.append(descriptor) } },
                connectTimeout: .milliseconds(300)))
        let fault = try #require(
            await #expect(throws: Fault.self) {
                _ = try await client.send(HTTPRequest("GET", "https://x.invalid/"))
            })
        #expect(fault.code == .unreachable)
        descriptors.withLock { $0.forEach { close($0) } }
    }
}
