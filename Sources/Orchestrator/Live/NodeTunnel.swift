internal import Basics
internal import Glibc
internal import HTTP
internal import SSH

/// TCP connections made by a node, for what can be reached from there only (etcd at
/// 127.0.0.1:2379, a kube-apiserver behind a firewall): over an SSH connection of their own.
///
/// libssh2 opens one channel at a time in a session, and a target that doesn't answer keeps the
/// server from confirming or refusing for up to a minute, after which libssh2 gives the session
/// up. What is done on the node must neither wait for that nor end with it.
actor NodeTunnel {
    private let connect: @Sendable () async throws -> SSHConnection
    private var connecting: Task<SSHConnection, any Error>?

    init(connect: @escaping @Sendable () async throws -> SSHConnection) {
        self.connect = connect
    }

    nonisolated var dial: HTTPClientConfiguration.Dial {
        { descriptor, host, port, failed in
            Task {
                do {
                    try await self.connection().relay(
                        descriptor: descriptor, to: .address(host: host, port: port),
                        failed: failed)
                } catch {
                    failed(Fault(error))
                    Glibc.close(descriptor)
                }
            }
        }
    }

    /// Made when first needed, and anew after it was lost.
    private func connection() async throws -> SSHConnection {
        if let connecting {
            let made = try? await connecting.value
            if let made, !made.hasEnded { return made }
            if self.connecting == connecting { self.connecting = nil }
            // Somebody else may have begun another meanwhile.
            if let newer = self.connecting { return try await newer.value }
        }
        let task = Task { try await connect() }
        connecting = task
        return try await task.value
    }

    func close() async {
        let made = try? await connecting?.value
        connecting = nil
        await made?.close()
    }
}
