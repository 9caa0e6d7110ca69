internal import Basics
internal import Foundation
internal import HTTP

/// An etcd of this machine with an empty database, reached over plain HTTP. It is gone when the
/// last reference goes, and when this program ends in any other way.
final class EtcdServer {
    let endpoint: String
    private let process: Process
    private let lifeline: Pipe
    private let client: HTTPClient

    /// - Parameter folder: of its data, which is made.
    init(in folder: String) async throws {
        let ports = try FreePorts.find(2)
        endpoint = "http://127.0.0.1:\(ports[0])"
        let peer = "http://127.0.0.1:\(ports[1])"
        client = try HTTPClient(HTTPClientConfiguration(version: .http1, proxy: .none))
        lifeline = Pipe()
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        // The shell ends it by its pid as soon as the other end of the pipe is closed.
        process.arguments = [
            "-c", #""$@" & pid=$!; read -r _; kill -KILL "$pid"; wait "$pid""#, "etcd",
            try Program.installed("etcd").path, "--data-dir", folder, "--unsafe-no-fsync",
            "--listen-client-urls", endpoint, "--advertise-client-urls", endpoint,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", "default=\(peer)", "--quota-backend-bytes", "8589934592",
        ]
        process.standardInput = lifeline
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try withoutBlockedSignals(process.run)
        try await waitUntilHealthy()
    }

    deinit {
        try? lifeline.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Asks the JSON gateway.
    func post(_ path: String, _ body: String) async throws {
        let answer = try await client.send(
            HTTPRequest("POST", endpoint + path, body: SecretBytes(copying: body.utf8)))
        guard answer.status == 200 else {
            throw Fault(
                .remote,
                "etcd: \(path): \(String(decoding: answer.body.prefix(500), as: UTF8.self))")
        }
    }

    private func waitUntilHealthy() async throws {
        for _ in 0..<200 {
            let answer = try? await client.send(HTTPRequest("GET", endpoint + "/health"))
            if answer?.status == 200 { return }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Fault(.unreachable, "etcd doesn't become healthy")
    }
}
