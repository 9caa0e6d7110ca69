import Basics
import Foundation
import Testing

@testable import HTTP

/// Against `openssl s_server`, which checks certificates as strictly as it is told to.
struct TLSTests {
    private func server(
        _ certificate: TestAuthority.Certificate, _ more: [String] = []
    ) throws -> (RunningProgram, port: Int) {
        let port = try freePort()
        let program = try RunningProgram(
            "/usr/bin/openssl",
            [
                "s_server", "-accept", "127.0.0.1:\(port)", "-cert", certificate.certificateFile,
                "-key", certificate.keyFile, "-quiet", "-www",
            ] + more,
            port: port)
        return (program, port)
    }

    private func client(
        _ trust: HTTPClientConfiguration.Trust, identity: TestAuthority.Certificate? = nil,
        connectTo: (host: String, port: Int)? = nil
    ) throws -> HTTPClient {
        try HTTPClient(
            HTTPClientConfiguration(
                trust: trust,
                identity: identity.map {
                    try HTTPClientConfiguration.Identity(
                        certificatePEM: $0.certificatePEM, keyPEM: SecretBytes(copying: $0.keyPEM))
                },
                connectTo: connectTo, proxy: .none, connectTimeout: .seconds(30)))
    }

    private func status(_ url: String, _ client: HTTPClient) async throws -> Int {
        try await client.send(HTTPRequest("GET", url)).status
    }

    private func fault(_ url: String, _ client: HTTPClient) async throws -> Fault {
        try #require(await #expect(throws: Fault.self) { _ = try await status(url, client) })
    }

    @Test("the right authority is trusted; another one, the system's or none is not")
    func authorities() async throws {
        let (right, wrong) = (try TestAuthority(), try TestAuthority(name: "someone else"))
        let (program, port) = try server(try right.issue("server"))
        defer { program.end() }
        let url = "https://127.0.0.1:\(port)/"
        let trusted = HTTPClientConfiguration.Trust.authorities(
            pem: try right.certificate.certificatePEM)
        #expect(try await status(url, client(trusted)) == 200)
        #expect(try await status(url, client(.insecure)) == 200)
        let others: [HTTPClientConfiguration.Trust] = [
            .system, .authorities(pem: try wrong.certificate.certificatePEM),
        ]
        for trust in others {
            let fault = try await fault(url, client(trust))
            #expect(fault.code == .untrusted)
            #expect(fault.message.contains("unable to get local issuer certificate"))
            #expect(fault.hint?.contains("authority that is not trusted") == true)
        }
        let garbage = try await fault(url, client(.authorities(pem: Array("no PEM".utf8))))
        #expect(garbage.code == .badInput)
    }

    @Test("the name in the URL is checked, wherever the connection goes")
    func names() async throws {
        let authority = try TestAuthority()
        let (program, port) = try server(try authority.issue("a", names: "DNS:api.example"))
        defer { program.end() }
        let trust = HTTPClientConfiguration.Trust.authorities(
            pem: try authority.certificate.certificatePEM)
        let detoured = try client(trust, connectTo: ("127.0.0.1", port))
        #expect(try await status("https://api.example:6443/", detoured) == 200)
        for (url, client) in [
            ("https://other.example:6443/", detoured),
            ("https://127.0.0.1:\(port)/", try client(trust)),
        ] {
            let fault = try await fault(url, client)
            #expect(fault.code == .untrusted)
            #expect(fault.message.contains("name"), "\(fault)")
            #expect(fault.hint?.contains("another name") == true)
        }
    }

    @Test("an expired certificate is not accepted, and expired is said")
    func expired() async throws {
        let authority = try TestAuthority()
        let (program, port) = try server(try authority.issue("server", days: -1))
        defer { program.end() }
        let fault = try await fault(
            "https://127.0.0.1:\(port)/",
            client(.authorities(pem: try authority.certificate.certificatePEM)))
        #expect(fault.code == .untrusted)
        #expect(fault.message.contains("certificate has expired"))
        #expect(fault.hint?.contains("renew") == true)
    }

    @Test(
        "the server wants a client certificate: ours is taken, none or a stranger's is refused",
        arguments: ["-tls1_2", "-tls1_3"])
    func clientCertificates(version: String) async throws {
        let (authority, stranger) = (try TestAuthority(), try TestAuthority(name: "stranger"))
        let (program, port) = try server(
            try authority.issue("server"),
            [
                version, "-Verify", "2", "-verify_return_error", "-CAfile",
                authority.certificate.certificateFile,
            ])
        defer { program.end() }
        let trust = HTTPClientConfiguration.Trust.authorities(
            pem: try authority.certificate.certificatePEM)
        let url = "https://127.0.0.1:\(port)/"
        let admin = try authority.issue("admin")
        #expect(try await status(url, client(trust, identity: admin)) == 200)
        let strange = try await fault(
            url, client(trust, identity: try stranger.issue("admin")))
        #expect(strange.code == .unauthenticated, "\(strange)")
        #expect(strange.message.contains("refuses our client certificate"))
        let missing = try await fault(url, client(trust))
        // OpenSSL's server tells a missing certificate as a failed handshake before TLS 1.3.
        #expect(missing.code == (version == "-tls1_3" ? .unauthenticated : .unreachable))
        #expect(missing.hint?.contains("client certificate") == true)
    }

    @Test(
        "a key that belongs to another certificate, or is encrypted, is bad input and asks nobody")
    func unusableIdentity() async throws {
        let authority = try TestAuthority()
        let (one, two) = (try authority.issue("one"), try authority.issue("two"))
        let (program, port) = try server(one)
        defer { program.end() }
        let encrypted = two.keyFile + ".enc"
        try run(
            "/usr/bin/openssl",
            ["pkcs8", "-topk8", "-in", two.keyFile, "-out", encrypted, "-passout", "pass:x"])
        for keyFile in [one.keyFile, encrypted] {
            let identity = TestAuthority.Certificate(
                certificateFile: two.certificateFile, keyFile: keyFile)
            let fault = try await fault(
                "https://127.0.0.1:\(port)/",
                client(
                    .authorities(pem: try authority.certificate.certificatePEM), identity: identity)
            )
            #expect(fault.code == .badInput, "\(fault)")
        }
    }

    @Test("a server that speaks no TLS is told as such")
    func notTLS() async throws {
        let plain = try listenerThatSays("SSH-2.0-OpenSSH\r\n")
        defer { close(plain.socket) }
        let fault = try await fault("https://127.0.0.1:\(plain.port)/", client(.insecure))
        #expect(fault.code == .unreachable)
        #expect(fault.message.contains("TLS could not be agreed on"))
    }

    private func listenerThatSays(_ text: String) throws -> (socket: Int32, port: Int) {
        let listener = try listenOnLoopback()
        Thread.detachNewThread {
            let socket = accept(listener.socket, nil, nil)
            guard socket >= 0 else { return }
            send(socket, text, text.utf8.count, Int32(MSG_NOSIGNAL))
            usleepForDelivery()
            close(socket)
        }
        return listener
    }
}
