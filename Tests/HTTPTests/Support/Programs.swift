import Foundation
import TestSupport

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

/// A child process and what it has said.
private final class SpawnedProgram: Sendable {
    private let process: SpawnedProcess
    private let outputFile: String

    init(_ path: String, _ arguments: [String]) throws {
        outputFile = NSTemporaryDirectory() + "program-\(UUID().uuidString).log"
        process = try SpawnedProcess(
            [path] + arguments, output: .file(outputFile), errors: .file(outputFile))
    }

    deinit {
        end()
        unlink(outputFile)
    }

    var output: String { (try? String(contentsOfFile: outputFile, encoding: .utf8)) ?? "" }
    var isRunning: Bool { process.isRunning }

    func wait() -> Int32 { process.wait() }
    func end() { process.end(by: SIGKILL) }
}

func isListening(port: Int) -> Bool {
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
