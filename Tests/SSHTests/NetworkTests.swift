import Basics
import Foundation
import Glibc
import SSH
import Testing

@Suite struct NetworkTests {
    private func attempt(
        _ target: SSHTarget, timeout: Duration = .seconds(1), via bastion: SSHConnection? = nil
    ) async -> Fault? {
        await fault {
            _ = try await SSHConnection.connect(
                target,
                configuration: SSHConfiguration(
                    credentials: [], hostKeys: SSHHostKeyPolicy(files: []),
                    connectTimeout: timeout),
                via: bastion)
        }
    }

    @Test("nobody listens, unreachable with what to check")
    func refused() async throws {
        let failure = await attempt(SSHTarget(host: "127.0.0.1", port: try freePort(), user: "u"))
        #expect(failure?.code == .unreachable)
        #expect(failure?.message.contains("connection refused") == true)
    }

    @Test("server that never says a word, timed out")
    func silent() async throws {
        let listener = try Listener()
        let began = ContinuousClock.now
        let failure = await attempt(SSHTarget(host: "127.0.0.1", port: listener.port, user: "u"))
        #expect(failure?.code == .timedOut)
        #expect(began.duration(to: .now) < .seconds(30))
    }

    @Test("connecting cancelled, ends at once")
    func cancelled() async throws {
        let listener = try Listener()
        let target = SSHTarget(host: "127.0.0.1", port: listener.port, user: "u")
        let task = Task {
            try await SSHConnection.connect(
                target,
                configuration: SSHConfiguration(
                    credentials: [], hostKeys: SSHHostKeyPolicy(files: []),
                    connectTimeout: .seconds(60)))
        }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        let began = ContinuousClock.now
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(began.duration(to: .now) < .seconds(30))
    }

    @Test(
        "server that sends something else than SSH, unreachable and told so",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n\r\n", "\0\0\0\0\0\0",
            "SSH-2.0-\r\n" + String(repeating: "x", count: 5000),
            "SSH-1.5-old\r\n", "SSH-2.0-x\r\n\u{0}\u{0}\u{1}\u{0}\u{4}\u{14}garbage", "",
            "SSH-2.0-x\r\n\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}",
            String(repeating: "y", count: 300_000) + "\n",
        ])
    func garbage(_ text: String) async throws {
        let listener = try Listener()
        listener.serve { connection in
            let bytes = Array(text.utf8)
            _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            usleep(50_000)
        }
        let failure = await attempt(
            SSHTarget(host: "127.0.0.1", port: listener.port, user: "u"), timeout: .seconds(3))
        #expect(failure?.code == .unreachable || failure?.code == .timedOut)
    }

    @Test("random bytes after the banner, refused every time and no trap")
    func randomBytesAfterBanner() async throws {
        let listener = try Listener()
        listener.serve { connection in
            let banner = Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)
            _ = send(connection, banner, banner.count, Int32(MSG_NOSIGNAL))
            randomBytes(2000).withUnsafeBytes {
                _ = send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            usleep(20_000)
        }
        for _ in 0..<40 {
            let failure = await attempt(
                SSHTarget(host: "127.0.0.1", port: listener.port, user: "u"), timeout: .seconds(3))
            #expect(failure != nil)
        }
    }

    @Test("name that doesn't exist, unreachable")
    func unknownName() async throws {
        let failure = await attempt(
            SSHTarget(host: "no-such-host.invalid", user: "u"), timeout: .seconds(5))
        #expect(failure?.code == .unreachable || failure?.code == .timedOut)
        #expect(failure?.message.contains("no-such-host.invalid") == true)
    }

    @Test("target reached through a bastion, with commands and a relay over both")
    func bastion() async throws {
        let (bastion, server) = (try await Server.start(), try await Server.start())
        let outer = try await bastion.connect()
        let inner = try await SSHConnection.connect(
            server.target, configuration: server.configuration(), via: outer)
        let input = randomBytes(3_000_000)
        #expect(same(try await inner.run("cat", input: input).output, input))
        let near = NearEnd(inner, to: .command("cat"))
        near.write(input, end: true)
        #expect(same(await near.read(), input))
        #expect(try server.folder.read("log").contains("Accepted publickey"))
        await inner.close()
        #expect(try await outer.run("true").succeeded)
    }

    @Test(
        "target behind a bastion that refuses or forbids, told of both", arguments: [true, false])
    func bastionFails(_ isAllowed: Bool) async throws {
        let word = isAllowed ? "yes" : "no"
        let bastion = try await Server.start(settings: ["AllowTcpForwarding \(word)"])
        let outer = try await bastion.connect()
        let failure = await attempt(
            SSHTarget(host: "127.0.0.1", port: try freePort(), user: "u"), timeout: .seconds(5),
            via: outer)
        #expect(failure?.code == (isAllowed ? .unreachable : .denied))
        #expect(failure?.message.contains("through the bastion") == true)
        #expect(failure?.message.contains(isAllowed ? "connect failed" : "prohibited") == true)
    }

    @Test("bastion lost, commands on the target told")
    func bastionLost() async throws {
        let (bastion, server) = (try await Server.start(), try await Server.start())
        let outer = try await bastion.connect()
        let inner = try await SSHConnection.connect(
            server.target, configuration: server.configuration(), via: outer)
        async let failure = fault { _ = try await inner.run("sleep 30") }
        try await Task.sleep(for: .milliseconds(300))
        try await bastion.kill()
        #expect(await failure?.code == .unreachable)
    }
}
