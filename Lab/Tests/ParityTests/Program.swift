import Foundation

/// One finished program.
struct ProgramResult {
    let status: Int32
    let output: Data
    let errors: String
    var text: String { String(decoding: output, as: UTF8.self) }
}

struct ProgramFailure: Error, CustomStringConvertible {
    let description: String
}

/// Runs a program to its end; its output goes through files, so that no pipe can fill up.
@discardableResult
func run(_ arguments: [String], in folder: URL, input: String? = nil) throws -> ProgramResult {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let unique = UUID().uuidString
    let out = folder.appendingPathComponent("\(unique).out")
    let err = folder.appendingPathComponent("\(unique).err")
    for file in [out, err] { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: out)
    process.standardError = try FileHandle(forWritingTo: err)
    if let input {
        let file = folder.appendingPathComponent("\(unique).in")
        try Data(input.utf8).write(to: file)
        process.standardInput = try FileHandle(forReadingFrom: file)
    } else {
        process.standardInput = FileHandle.nullDevice
    }
    try process.run()
    process.waitUntilExit()
    defer {
        for file in [out, err] { try? FileManager.default.removeItem(at: file) }
    }
    return ProgramResult(
        status: process.terminationStatus, output: try Data(contentsOf: out),
        errors: String(decoding: try Data(contentsOf: err), as: UTF8.self))
}

/// Like `run`, but a status other than 0 is an error.
@discardableResult
func succeed(_ arguments: [String], in folder: URL, input: String? = nil) throws -> ProgramResult {
    let result = try run(arguments, in: folder, input: input)
    guard result.status == 0 else {
        throw ProgramFailure(
            description: "\(arguments.joined(separator: " ")): \(result.errors)\(result.text)")
    }
    return result
}

/// A program that runs until it's stopped; its output goes to a log in the folder.
final class Daemon {
    private let process = Process()
    let log: URL

    init(
        _ arguments: [String], named name: String, in folder: URL,
        environment: [String: String] = [:]
    ) throws {
        log = folder.appendingPathComponent("\(name).log")
        if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    var isRunning: Bool { process.isRunning }
    var exitStatus: Int32 { process.terminationStatus }
    var logText: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// Sends SIGTERM and waits; SIGKILL after ten seconds.
    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        let end = Date() + 10
        while process.isRunning, Date() < end { usleep(5000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    deinit { stop() }
}

/// A TCP port of the loopback that nobody uses now.
func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            bind(descriptor, generic, length) == 0 ? getsockname(descriptor, generic, &length) : -1
        }
    }
    guard status == 0 else { throw ProgramFailure(description: "no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
}
