import Basics
import SSH

/// A shell whose connection breaks in the middle of every input.
struct CuttingShell: SecureShell {
    func run(
        _ command: String, input: SecretBytes?, timeout: Duration, limit: Int
    ) async throws -> SSHCommandResult {
        let half = input.map { SecretBytes(copying: $0.exposedBytes().prefix($0.count / 2)) }
        return try await LocalShell().run(command, input: half, timeout: timeout, limit: limit)
    }

    func relay(
        descriptor: Int32, to target: SSHRelayTarget, failed: @escaping @Sendable (Fault) -> Void
    ) {
        LocalShell().relay(descriptor: descriptor, to: target, failed: failed)
    }

    func close() async {}
}
