import Foundation
import Synchronization

struct ProgramFailed: Error {
    let command: [String]
    let output: String
}

/// Runs a program to its end and throws unless it succeeds.
func run(_ path: String, _ arguments: [String]) throws {
    let program = try SpawnedProgram(path, arguments)
    guard program.wait() == 0 else {
        throw ProgramFailed(command: [path] + arguments, output: program.output)
    }
}

/// A server program that a test starts and ends.
final class RunningProgram: Sendable {
    private let program: SpawnedProgram

    /// Starts it and waits until it accepts connections on a port of loopback.
    init(_ path: String, _ arguments: [String], port: Int) throws {
        program = try SpawnedProgram(path, arguments)
        for _ in 0..<500 {
            guard program.isRunning else { break }
            if isListening(port: port) { return }
            usleep(20_000)
        }
        end()
        throw ProgramFailed(command: [path] + arguments, output: program.output)
    }

    deinit { end() }

    func end() { program.end() }
}

/// A child process, by posix_spawn(3): Foundation's `Process` runs a run loop while it waits, which
/// on threads of the cooperative pool may never come back.
private final class SpawnedProgram: Sendable {
    private let identifier: pid_t
    private let outputFile: String
    private let status = Mutex<Int32?>(nil)

    init(_ path: String, _ arguments: [String]) throws {
        outputFile = NSTemporaryDirectory() + "program-\(UUID().uuidString).log"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputFile, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var strings = ([path] + arguments).map { strdup($0) } + [nil]
        defer { strings.forEach { free($0) } }
        var process = pid_t()
        let code = posix_spawn(&process, path, &actions, nil, &strings, environ)
        guard code == 0 else {
            throw ProgramFailed(
                command: [path] + arguments, output: String(cString: strerror(code)))
        }
        identifier = process
    }

    deinit {
        end()
        unlink(outputFile)
    }

    var output: String { (try? String(contentsOfFile: outputFile, encoding: .utf8)) ?? "" }
    var isRunning: Bool { reap(WNOHANG) == nil }

    func wait() -> Int32 { reap(0) ?? -1 }

    func end() {
        guard isRunning else { return }
        kill(identifier, SIGKILL)
        _ = reap(0)
    }

    /// The exit status as waitpid(2) gives it; nil while it runs.
    private func reap(_ flags: Int32) -> Int32? {
        status.withLock { known in
            if known == nil {
                var status: Int32 = 0
                if waitpid(identifier, &status, flags) == identifier { known = status }
            }
            return known
        }
    }
}

private func isListening(port: Int) -> Bool {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = UInt16(port).bigEndian
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}
