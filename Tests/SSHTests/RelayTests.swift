import Basics
import Foundation
import Glibc
import SSH
import Synchronization
import TestSupport
import Testing

private final class FaultBox: Sendable {
    let faults = Mutex<[Fault]>([])
}

/// The near end of a relay, used from threads of its own.
final class NearEnd: Sendable {
    let descriptor: Int32
    private let box = FaultBox()

    var faults: [Fault] { box.faults.withLock { $0 } }

    init(_ connection: SSHConnection, to target: SSHRelayTarget) {
        var ends: [Int32] = [-1, -1]
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends)
        descriptor = ends[0]
        connection.relay(descriptor: ends[1], to: target) { [box] failure in
            box.faults.withLock { $0.append(failure) }
        }
    }

    deinit { close(descriptor) }

    /// Writes everything on a thread of its own, then half-closes where asked.
    func write(_ bytes: SecretBytes, end: Bool) {
        Thread.detachNewThread { [self] in
            bytes.withUnsafeBytes { bytes in
                var sent = 0
                while sent < bytes.count {
                    let count = send(
                        descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent,
                        Int32(MSG_NOSIGNAL))
                    guard count > 0 else { return }
                    sent += count
                }
            }
            if end { shutdown(descriptor, Int32(SHUT_WR)) }
        }
    }

    /// What doesn't come for so many seconds counts as the end.
    func giveUpReading(after seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Reads up to `limit` bytes, or to the end.
    func read(_ limit: Int = .max, pause: UInt32 = 0) async -> SecretBytes {
        // Handed over under a lock: where a continuation is resumed before it is awaited, Swift's
        // runtime orders the two in a way that ThreadSanitizer doesn't see.
        let result = Mutex<SecretBytes?>(nil)
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in
                var all: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 256 << 10)
                while all.count < limit {
                    let count = recv(descriptor, &buffer, min(buffer.count, limit - all.count), 0)
                    guard count > 0 else { break }
                    all += buffer[..<count]
                    if pause > 0 { usleep(pause) }
                }
                result.withLock { $0 = SecretBytes(copying: all) }
                continuation.resume()
            }
        }
        return result.withLock(\.self) ?? SecretBytes(copying: [])
    }
}

@Suite struct RelayTests {
    @Test("TCP echo server behind the server, every byte comes back")
    func echo() async throws {
        let server = try await Server.start()
        let listener = try Listener()
        listener.echo()
        let connection = try await server.connect()
        let near = NearEnd(connection, to: .address(host: "127.0.0.1", port: listener.port))
        let bytes = randomBytes(12_000_000)
        near.write(bytes, end: true)
        #expect(same(await near.read(), bytes))
        #expect(near.faults.isEmpty)
    }

    @Test("command as target, both ends closed one after the other")
    func command() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        let near = NearEnd(connection, to: .command("cat; echo after"))
        let bytes = randomBytes(3_000_000)
        near.write(bytes, end: true)
        #expect(same(await near.read(), bytes + SecretBytes(copying: "after\n".utf8)))
        #expect(near.faults.isEmpty)
    }

    @Test("many relays and commands over one connection, none mixed up or starved")
    func many() async throws {
        let server = try await Server.start()
        let listener = try Listener()
        listener.echo()
        let connection = try await server.connect()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<12 {
                group.addTask {
                    let target: SSHRelayTarget =
                        index % 3 == 0
                        ? .command("cat") : .address(host: "127.0.0.1", port: listener.port)
                    let near = NearEnd(connection, to: target)
                    let bytes = randomBytes(500_000 + index)
                    near.write(bytes, end: true)
                    return same(await near.read(), bytes)
                }
                group.addTask {
                    try await connection.run("echo \(index)").output.exposedText() == "\(index)\n"
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test("slow reader, holds back the sender and not the other channels")
    func backPressure() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        let near = NearEnd(connection, to: .command("head -c 30000000 /dev/zero; echo $? >&2"))
        _ = await near.read(1)
        try await Task.sleep(for: .milliseconds(300))
        #expect(try await connection.run("echo on").succeeded)
        #expect(await near.read().count == 29_999_999)
    }

    @Test("target that refuses, told once and the near end closed")
    func refused() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        let near = NearEnd(connection, to: .address(host: "127.0.0.1", port: try freePort()))
        #expect(await near.read().isEmpty)
        #expect(near.faults.count == 1)
        #expect(near.faults.first?.message.contains("127.0.0.1:") == true)
        #expect(try await connection.run("true").succeeded)
    }

    @Test("server that allows no forwarding, told")
    func forbidden() async throws {
        let server = try await Server.start(settings: ["AllowTcpForwarding no"])
        let connection = try await server.connect()
        let near = NearEnd(connection, to: .address(host: "127.0.0.1", port: 1))
        #expect(await near.read().isEmpty)
        #expect(near.faults.first?.message.contains("prohibited") == true)
    }

    @Test("command that can't be run, told with its own words before the near end is closed")
    func commandFails() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        let near = NearEnd(connection, to: .command("no-such-program --stdio"))
        near.write(SecretBytes(copying: "GET /\r\n".utf8), end: false)
        #expect(await near.read().isEmpty)
        #expect(near.faults.first?.message.contains("127") == true)
        #expect(near.faults.first?.message.contains("not found") == true)
    }

    @Test("near end closed, far end sees it")
    func nearCloses() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        let mark = server.folder.file("mark")
        do {
            let near = NearEnd(
                connection, to: .command("cat > \(mark).part; mv \(mark).part \(mark)"))
            near.write(SecretBytes(copying: "last words".utf8), end: true)
            _ = await near.read()
        }
        #expect(try server.folder.read("mark") == "last words")
    }

    /// What comes for one channel may be taken in as another one is read, and nothing else comes
    /// then.
    @Test("relays begun in quick succession beside another, none waits for more to come")
    func quickSuccession() async throws {
        let server = try await Server.start()
        let listener = try Listener()
        listener.echo()
        // No sign of life would help.
        let configuration = try server.configuration(keepalive: .seconds(600))
        let connection = try await SSHConnection.connect(
            server.target, configuration: configuration)
        let target = SSHRelayTarget.address(host: "127.0.0.1", port: listener.port)
        let idle = NearEnd(connection, to: target)
        var random = SeededRandom(seed: 1)
        for _ in 1...1500 {
            var begun: [NearEnd] = []
            for _ in 0..<4 {
                begun.append(NearEnd(connection, to: target))
                let pause = Duration.microseconds(Int.random(in: 0..<200, using: &random))
                let end = ContinuousClock.now + pause
                while ContinuousClock.now < end {}
            }
            for near in begun {
                near.giveUpReading(after: 20)
                near.write(SecretBytes(copying: "x".utf8), end: true)
                try #require(await near.read().count == 1)
            }
        }
        #expect(idle.faults.isEmpty)
    }

    @Test("server killed, near end closed and told")
    func killed() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        let near = NearEnd(connection, to: .command("cat"))
        near.write(SecretBytes(copying: "x".utf8), end: false)
        #expect(await near.read(1).count == 1)
        try await server.kill()
        #expect(await near.read().isEmpty)
        #expect(near.faults.first?.code == .unreachable)
    }

    @Test("connection closed already, told and the near end closed")
    func closed() async throws {
        let server = try await Server.start()
        let connection = try await server.connect()
        await connection.close()
        let near = NearEnd(connection, to: .command("cat"))
        #expect(await near.read().isEmpty)
        #expect(near.faults.first?.code == .interrupted)
    }
}
