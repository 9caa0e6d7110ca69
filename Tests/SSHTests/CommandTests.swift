import Basics
import Foundation
import SSH
import Testing

@Suite struct CommandTests {
    @Test("command with output, errors and exit status, each given apart")
    func apart() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        let result = try await connection.run("echo out; echo err >&2; exit 3")
        #expect(result.output.exposedText() == "out\n")
        #expect(result.errorOutput == "err\n")
        #expect(result.ending == .status(3))
        await connection.close()
    }

    @Test("every exit status, given as it is", arguments: [0, 1, 127, 255])
    func exitStatus(_ status: Int) async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        #expect(try await connection.run("exit \(status)").ending == .status(status))
    }

    @Test("command killed by a signal, signal named")
    func signal() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        #expect(try await connection.run("kill -TERM $$").ending == .signal("TERM"))
        #expect(try await connection.run("kill -KILL $$").ending == .signal("KILL"))
    }

    @Test("binary input of several windows, arrives byte by byte and then ends")
    func binaryInput() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        let input = randomBytes(5_000_001)
        let result = try await connection.run("cat", input: input)
        #expect(same(result.output, input))
        #expect(result.succeeded)
    }

    @Test("output of 40 MB, complete")
    func bigOutput() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        let result = try await connection.run(
            "head -c 40000000 /dev/zero | tr '\\0' x; echo done >&2", input: nil,
            timeout: .seconds(60), limit: 64 << 20)
        #expect(result.output.count == 40_000_000)
        #expect(result.errorOutput == "done\n")
    }

    @Test("more output than allowed, refused and connection usable")
    func limit() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        let refusal = await fault {
            _ = try await connection.run("yes", input: nil, timeout: .seconds(20), limit: 100_000)
        }
        #expect(refusal?.message.contains("more than the 100000 bytes") == true)
        #expect(try await connection.run("echo on").output.exposedText() == "on\n")
    }

    @Test("command that doesn't read its input, ends with its status all the same")
    func unreadInput() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        let input = SecretBytes(count: 8 << 20) { _ in }
        #expect(try await connection.run("exit 4", input: input).ending == .status(4))
        #expect(try await connection.run("echo on").succeeded)
    }

    @Test("many commands at a time, more than the server allows sessions, all answered")
    func concurrent() async throws {
        let server = try await Server.start(settings: ["MaxSessions 4"])
        let connection = try await server.connect()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<40 {
                group.addTask {
                    let result = try await connection.run("echo \(index); cat | wc -c >&2")
                    return result.output.exposedText() == "\(index)\n"
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test("command that takes too long, timed out and connection usable")
    func timeout() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        let late = await fault {
            _ = try await connection.run(
                "sleep 30", input: nil, timeout: .milliseconds(300), limit: 100)
        }
        #expect(late?.code == .timedOut)
        #expect(late?.message.contains("sleep 30") == true)
        #expect(try await connection.run("echo on").succeeded)
    }

    @Test("task cancelled, command ended and connection usable")
    func cancellation() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        let task = Task { try await connection.run("sleep 30") }
        try await Task.sleep(for: .milliseconds(200))
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(try await connection.run("echo on").succeeded)
    }

    @Test("server killed in the middle, every command told that it is unreachable")
    func killed() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        async let first = fault { _ = try await connection.run("sleep 30") }
        async let second = fault { _ = try await connection.run("sleep 30") }
        try await Task.sleep(for: .milliseconds(300))
        try await server.kill()
        for failure in await [first, second] {
            #expect(failure?.code == .unreachable)
            #expect(failure?.message.contains("127.0.0.1:\(server.port)") == true)
        }
        let later = await fault { _ = try await connection.run("true") }
        #expect(later?.code == .unreachable)
    }

    @Test("server that falls silent, given up after the keepalives")
    func silent() async throws {
        let server = try await Server.start()
        let connection = try await SSHConnection.connect(
            server.target, configuration: server.configuration(keepalive: .seconds(1)))
        #expect(try await connection.run("true").succeeded)
        try await server.signalConnections(SIGSTOP)
        let failure = await fault { _ = try await connection.run("true") }
        try await server.signalConnections(SIGCONT)
        #expect(failure?.code == .unreachable)
        #expect(failure?.message.contains("hasn't been heard") == true)
    }

    @Test("connection closed, running and later commands interrupted")
    func closed() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        async let running = fault { _ = try await connection.run("sleep 30") }
        try await Task.sleep(for: .milliseconds(200))
        await connection.close()
        #expect(await running?.code == .interrupted)
        #expect(await fault { _ = try await connection.run("true") }?.code == .interrupted)
    }

    @Test("keys exchanged anew all the time, nothing lost")
    func rekeying() async throws {
        let server = try await Server.start(settings: ["RekeyLimit 1M"])
        let connection = try await server.connect()
        let input = randomBytes(9_000_000)
        async let first = connection.run("cat", input: input)
        async let second = connection.run("cat", input: input)
        for result in try await [first, second] { #expect(same(result.output, input)) }
    }

    @Test("idle connection whose server asks for signs of life, kept")
    func idle() async throws {
        let server = try await Server.start(
            settings: ["ClientAliveInterval 1", "ClientAliveCountMax 1"])
        let connection = try await server.connect()
        try await Task.sleep(for: .seconds(4))
        #expect(try await connection.run("echo on").succeeded)
    }
}
