internal import Basics

extension DockerRuntime {
    /// A container that ends this often while it is waited for will go on ending.
    private static let greatestRestarts = 3

    /// Waits until the server in a container is ready.
    ///
    /// - Returns: the inspection of the container that was found ready.
    /// - Throws: `Fault` when time is up, or as soon as waiting is pointless.
    func awaitReady(_ id: String, _ readiness: Readiness) async throws -> ContainerInspection {
        let first = try await look(id)
        Failpoint.pass("server.awaited")
        let ready = try await readiness.wait {
            try await look(id)
        } telling: { container in
            ServerLook(
                isRunning: container.isRunning, start: "\(container.startedAt, default: "never")",
                end: Self.end(of: container, since: first))
        }
        Failpoint.pass("server.ready")
        return ready
    }

    private static func end(
        of container: ContainerInspection, since first: ContainerInspection
    ) -> Fault? {
        if container.restarts - first.restarts >= greatestRestarts {
            return Fault(.failed, "kube-apiserver keeps ending (status \(container.exitStatus))")
        }
        // Nobody starts it any more: what it starts again, Docker calls «restarting».
        guard container.status == "exited" || container.status == "dead" else { return nil }
        return Fault(.failed, "kube-apiserver ended with status \(container.exitStatus)")
    }

    private func look(_ id: String) async throws -> ContainerInspection {
        guard let json = try await engine.inspect(id) else {
            throw Fault(.conflict, "somebody removed the container while it was waited for")
        }
        return ContainerInspection(json)
    }

    /// What went wrong with a container, with the line of its log that tells most.
    func reason(_ error: any Error, of id: String) async -> String {
        let message = Fault(error).message
        // The log is a help; failing to get it must not hide what went wrong.
        guard let json = try? await engine.inspect(id), ContainerInspection(json).startedAt != nil,
            let log = try? await engine.log(
                id, lines: 200, hasTerminal: ContainerInspection(json).hasTerminal),
            let line = LogExcerpt.reason(in: log)
        else { return message }
        return "\(message); its log says: \(line)"
    }
}
