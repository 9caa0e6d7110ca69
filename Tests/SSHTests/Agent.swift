import Basics
import Foundation
import Glibc
import TestSupport

/// A real ssh-agent.
final class Agent: Sendable {
    let socket: String
    private let folder: TemporaryFolder
    private let program: SpawnedProcess

    static func start(_ folder: TemporaryFolder) async throws -> Agent {
        try await onOwnThread { try Agent(folder) }
    }

    private init(_ folder: TemporaryFolder) throws {
        self.folder = folder
        socket = folder.file("agent-\(UUID().uuidString.prefix(8))")
        program = try SpawnedProcess(["ssh-agent", "-D", "-a", socket])
        for _ in 0..<200 where !FileManager.default.fileExists(atPath: socket) { usleep(10_000) }
    }

    deinit {
        let program = program
        kill(program.identifier, SIGTERM)
        Thread.detachNewThread { program.wait() }
    }

    /// Makes a key and adds it.
    func add(_ name: String, _ options: [String]) async throws {
        let arguments =
            ["ssh-keygen", "-q", "-N", "", "-C", name, "-f", folder.file(name)] + options
        guard try await SpawnedProcess(arguments).ended() == 0 else {
            throw Fault(.failed, "ssh-keygen")
        }
        try await shell("ssh-add", "-q", folder.file(name), environment: ["SSH_AUTH_SOCK": socket])
    }
}

/// Accepts connections by the system's hand only, and never says a word.
final class UnixListener: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let family = withUnsafeBytes(of: sa_family_t(AF_UNIX)) { Array($0) }
        let address = family + Array(path.utf8) + [0]
        let descriptor = descriptor
        let isListening = address.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                bind(descriptor, $0.baseAddress, socklen_t(bytes.count)) == 0
            }
        }
        guard isListening, listen(descriptor, 8) == 0 else { throw Fault(.failed, "no listener") }
    }

    deinit { close(descriptor) }
}
