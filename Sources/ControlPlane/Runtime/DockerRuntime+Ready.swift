internal import Basics

extension DockerRuntime {
    /// A container that ends this often while it is waited for will go on ending.
    private static let greatestRestarts = 3

    /// Waits until the server in a container is ready.
    ///
    /// - Returns: the inspection of the container that was found ready.
    /// - Throws: `Fault` when time is up, or as soon as waiting is pointless.
    func awaitReady(_ id: String, _ readiness: Readiness) async throws -> ContainerInspection {
        let deadline = ContinuousClock.now + readiness.timeout
        let first = try await look(id)
        Failpoint.pass("server.awaited")
        var problem = "it doesn't say that it's ready"
        var refused: (since: ContinuousClock.Instant, fault: Fault)?
        while true {
            let before = try await look(id)
            if before.isRunning {
                do {
                    let isReady = try await readiness.isReady()
                    refused = nil
                    if isReady {
                        // It might have been another start that answered.
                        let after = try await look(id)
                        if after.isRunning, after.startedAt == before.startedAt {
                            Failpoint.pass("server.ready")
                            return after
                        }
                    }
                } catch {
                    let fault = Fault(error)
                    problem = LogExcerpt.printable(fault.message)
                    let isFinal = [.untrusted, .unauthenticated].contains(fault.code)
                    refused = isFinal ? (refused?.since ?? .now, fault) : nil
                }
            } else if before.restarts - first.restarts >= Self.greatestRestarts {
                throw Fault(.failed, "kube-apiserver keeps ending (status \(before.exitStatus))")
            } else if before.status == "exited" || before.status == "dead" {
                // Nobody starts it any more: what it starts again, Docker calls «restarting».
                throw Fault(.failed, "kube-apiserver ended with status \(before.exitStatus)")
            }
            if let refused, .now - refused.since > readiness.refusalTimeout {
                throw Fault(
                    refused.fault.code, "kube-apiserver serves, but not us: \(problem)",
                    hint: refused.fault.hint, cause: refused.fault)
            }
            guard ContinuousClock.now < deadline else {
                throw Fault(
                    .timedOut,
                    "kube-apiserver wasn't ready within \(readiness.timeout): \(problem)")
            }
            try await Task.sleep(for: readiness.interval)
        }
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
