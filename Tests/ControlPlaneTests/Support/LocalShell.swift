import Basics
import Foundation
import Glibc
import SSH

@testable import ControlPlane

/// A `SecureShell` whose far end is this machine: real processes, no SSH.
struct LocalShell: FileShell {
    /// Those of the login shells in question that this machine has.
    static let loginShells = ["/bin/sh", "/bin/bash", "/usr/bin/fish", "/bin/tcsh", "/bin/csh"]
        .filter { FileManager.default.isExecutableFile(atPath: $0) }

    /// What a command runs under, such as another user.
    var prefix: [String] = []
    var loginShell = "/bin/sh"

    func run(
        _ command: String, input: SecretBytes?, timeout: Duration, limit: Int
    ) async throws -> SSHCommandResult {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try runNow(command, input) })
            }
        }
    }

    func send(
        _ file: SeekableFile, to command: String, timeout: Duration,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws -> SSHCommandResult {
        let contents = try LocalFile.read(file.path, limit: 1 << 30)
        return try await run(command, input: contents, timeout: timeout, limit: 1 << 20)
    }

    func receive(
        into file: NewFile, from command: String, timeout: Duration,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws -> SSHCommandResult {
        let result = try await run(command, input: nil, timeout: timeout, limit: 1 << 30)
        try result.output.withUnsafeBytes { try file.write($0) }
        return SSHCommandResult(
            ending: result.ending, output: SecretBytes(copying: []),
            errorOutput: result.errorOutput)
    }

    func relay(
        descriptor: Int32, to target: SSHRelayTarget, failed: @escaping @Sendable (Fault) -> Void
    ) {
        guard case .command(let command) = target else {
            failed(Fault(.failed, "the local shell relays to commands only"))
            _ = Glibc.close(descriptor)
            return
        }
        let process = process(command)
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        process.standardInput = handle
        process.standardOutput = handle
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { failed(Fault(error)) }
    }

    func close() async {}

    private func process(_ command: String) -> Process {
        let process = Process()
        let words = prefix + [loginShell, "-c", command]
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        return process
    }

    private func runNow(_ command: String, _ input: SecretBytes?) throws -> SSHCommandResult {
        let process = process(command)
        let (inward, outward, errors) = (Pipe(), Pipe(), Pipe())
        process.standardInput = inward
        process.standardOutput = outward
        process.standardError = errors
        // `waitUntilExit` would go round and round.
        let end = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in end.signal() }
        try process.run()
        let writing = inward.fileHandleForWriting
        // Not any thread: SIGPIPE of a command that ends without reading would end all tests.
        try OwnThread.start(named: "shell-input") {
            if let input { try? writing.write(contentsOf: Data(input.exposedBytes())) }
            try? writing.close()
        }
        let output = try outward.fileHandleForReading.readToEnd() ?? Data()
        let errorOutput = try errors.fileHandleForReading.readToEnd() ?? Data()
        end.wait()
        return SSHCommandResult(
            ending: process.terminationReason == .exit
                ? .status(Int(process.terminationStatus)) : .signal("KILL"),
            output: SecretBytes(copying: Array(output)),
            errorOutput: String(decoding: errorOutput, as: UTF8.self))
    }
}
