import Foundation
import TestSupport
import Testing

/// Speaks HTTP/2 in whatever bytes a test says: `openssl s_server` does the TLS of one connection.
final class ScriptedHTTP2Server: Sendable {
    let authority: TestAuthority
    let port: Int
    private let process: SpawnedProcess
    private let input: Int32
    private let received: String

    enum Frame {
        /// The first of a server; all as it is by default.
        static let settings = frame(type: 4)

        /// `:status: 200` (RFC 7541, Appendix A, 8).
        static func head(stream: UInt8) -> [UInt8] {
            frame(type: 1, flags: 4, stream: stream, [0x88])
        }

        /// The last of an answer; of at most 16 KiB.
        static func end(stream: UInt8, _ body: [UInt8]) -> [UInt8] {
            frame(type: 0, flags: 1, stream: stream, body)
        }

        private static func frame(
            type: UInt8, flags: UInt8 = 0, stream: UInt8 = 0, _ payload: [UInt8] = []
        ) -> [UInt8] {
            let size = payload.count
            return [UInt8(size >> 16), UInt8(size >> 8 & 255), UInt8(size & 255), type, flags]
                + [0, 0, 0, stream] + payload
        }
    }

    init() throws {
        authority = try TestAuthority()
        let certificate = try authority.issue("server")
        port = try freePort()
        received = authority.folder + "/received"
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        input = ends[1]
        process = try SpawnedProcess(
            [
                "/usr/bin/openssl", "s_server", "-quiet", "-alpn", "h2", "-accept",
                "127.0.0.1:\(port)", "-cert", certificate.certificateFile, "-key",
                certificate.keyFile,
            ], input: .descriptor(ends[0]), output: .file(received))
        for _ in 0..<500 where !isListening(port: port) { usleep(20_000) }
    }

    deinit {
        process.end(by: SIGKILL)
        close(input)
    }

    func url(_ path: String) -> String { "https://127.0.0.1:\(port)\(path)" }

    func write(_ frames: [UInt8]) {
        #expect(Glibc.write(input, frames, frames.count) == frames.count)
    }

    /// Returns when so many requests have come.
    func awaitRequests(_ count: Int) async throws {
        for _ in 0..<1000 {
            if try requests >= count { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("only \(try requests) of \(count) requests came")
    }

    /// How many HEADERS frames came after the client's preface of 24 bytes.
    private var requests: Int {
        get throws {
            guard FileManager.default.fileExists(atPath: received) else { return 0 }
            var rest = try Data(contentsOf: URL(fileURLWithPath: received)).dropFirst(24)
            var count = 0
            while rest.count >= 9 {
                let head = Array(rest.prefix(9))
                if head[3] == 1 { count += 1 }
                rest = rest.dropFirst(9 + (Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])))
            }
            return count
        }
    }
}
