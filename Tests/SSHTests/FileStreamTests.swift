import Basics
import Foundation
import SSH
import Synchronization
import Testing

@Suite struct FileStreamTests {
    private let folder = NSTemporaryDirectory() + "streams-\(UUID().uuidString)"

    @Test("a file of several windows, sent and received byte by byte, with progress")
    func thereAndBack() async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bytes = Data(randomBytes(9_000_001).exposedBytes())
        try bytes.write(to: URL(fileURLWithPath: folder + "/source"))
        let server = try await Server.start()
        let connection = try await server.connect()
        let sent = Mutex(0)
        let result = try await connection.send(
            try SeekableFile(path: folder + "/source"), to: "cat >\(folder)/far; echo done",
            timeout: .seconds(60)
        ) { count in sent.withLock { $0 = max($0, count) } }
        #expect(result.succeeded && result.output.exposedText() == "done\n")
        #expect(sent.withLock { $0 } >= bytes.count)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/far")) == bytes)
        let file = try NewFile(path: folder + "/back")
        let back = try await connection.receive(
            into: file, from: "cat \(folder)/far; exit 3", timeout: .seconds(60)
        ) { _ in }
        #expect(back.ending == .status(3) && back.output.isEmpty)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/back")) == bytes)
        let mode = try FileManager.default.attributesOfItem(atPath: folder + "/back")
        #expect(mode[.posixPermissions] as? Int == 0o600)
        await connection.close()
    }

    @Test("the command ends without reading all, its status told and the connection usable")
    func earlyEnd() async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(count: 20_000_000).write(to: URL(fileURLWithPath: folder + "/source"))
        let server = try await Server.start()
        let connection = try await server.connect()
        let result = try await connection.send(
            try SeekableFile(path: folder + "/source"), to: "head -c 10 >/dev/null; exit 7",
            timeout: .seconds(60)
        ) { _ in }
        #expect(result.ending == .status(7))
        #expect(try await connection.run("true").succeeded)
        await connection.close()
    }
}
