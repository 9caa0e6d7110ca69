import Basics
import Foundation
import Glibc
import SSH
import TestSupport

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
        try await onOwnThread { try runNow(command, input) }
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
        do {
            let process = try SpawnedProcess(
                words(command), input: .descriptor(descriptor), output: .descriptor(descriptor))
            Thread.detachNewThread { process.wait() }
        } catch { failed(Fault(error)) }
        _ = Glibc.close(descriptor)
    }

    func close() async {}

    /// Of root, without any Engine.
    var scripts: RootScripts {
        RootScripts(shell: self, access: .root, dockerSocket: "/none") {
            throw Fault(.failed, "no image is asked for here")
        }
    }

    private func words(_ command: String) -> [String] { prefix + [loginShell, "-c", command] }

    /// Through files, so that no pipe can fill up, nor break under who writes to it.
    private func runNow(_ command: String, _ input: SecretBytes?) throws -> SSHCommandResult {
        let folder = "\(NSTemporaryDirectory())/shell-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bytes = Data(input?.exposedBytes() ?? [])
        try bytes.write(to: URL(filePath: "\(folder)/input"))
        let status = try SpawnedProcess(
            words(command), input: .file("\(folder)/input"), output: .file("\(folder)/output"),
            errors: .file("\(folder)/errors")
        ).wait()
        let output = try Data(contentsOf: URL(filePath: "\(folder)/output"))
        let errors = try Data(contentsOf: URL(filePath: "\(folder)/errors"))
        return SSHCommandResult(
            ending: status >= 0 ? .status(Int(status)) : .signal("KILL"),
            output: SecretBytes(copying: Array(output)),
            errorOutput: String(decoding: errors, as: UTF8.self))
    }
}
