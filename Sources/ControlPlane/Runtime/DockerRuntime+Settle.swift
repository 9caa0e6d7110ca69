internal import Basics

extension DockerRuntime {
    /// Which of the names exist, and what is behind them.
    struct State: Sendable {
        let main: ContainerInspection?
        let next: ContainerInspection?
        let previous: ContainerInspection?
        let retired: ContainerInspection?

        var isUnsettled: Bool { next != nil || previous != nil }
    }

    func state() async throws -> State {
        State(
            main: try await engine.inspect(names.main).map(ContainerInspection.init),
            next: try await engine.inspect(names.next).map(ContainerInspection.init),
            previous: try await engine.inspect(names.previous).map(ContainerInspection.init),
            retired: try await engine.inspect(names.retired).map(ContainerInspection.init))
    }

    /// The way from any interrupted state to one server; see the table at `DockerRuntime`.
    func settleNow(_ readiness: Readiness) async throws {
        let state = try await state()
        if let retired = state.retired { try await engine.remove(retired.id) }
        switch (state.main, state.next, state.previous) {
        case (_, nil, nil):
            return
        case (let main?, nil, let previous?):
            // All that was missing may be the removal of the old one.
            if main.startedAt != nil, (try? await awaitReady(main.id, readiness)) != nil {
                do { try await retire(previous.id) } catch {
                    throw Self.stuck(
                        "the changed server is ready and serves, but the former one could not be "
                            + "put away", Fault(error))
                }
                return
            }
        case (.some, .some, nil), (nil, _, .some):
            break
        case (nil, .some, nil), (.some, .some, .some):
            throw Fault(
                .discrepancy,
                "the containers \(names.main), \(names.next) and \(names.previous) are in a state "
                    + "that this program doesn't leave behind",
                hint: "Look at them with docker ps -a, keep the right one as \(names.main) and "
                    + "remove the others.")
        }
        switch await putBack(readiness) {
        case .formerIsDown(let fault):
            throw fault.during(
                "the server was put back after an interrupted run, but it isn't serving")
        case .formerNotRestored(let fault):
            throw Self.stuck("the server could not be put back after an interrupted run", fault)
        case .formerServes, .awaitsFormerFile, .changedServes: break
        }
    }

    private static func stuck(_ problem: String, _ fault: Fault) -> Fault {
        Fault(
            fault.code, "\(problem): \(fault.message)", hint: RuntimeWords.docker.stuck,
            cause: fault)
    }

    /// Puts the old container back in its place, from wherever a replacement stands.
    func putBack(_ readiness: Readiness) async -> RestartFailure.Aftermath {
        let former: String
        do { former = try await restoreFormer() } catch { return .formerNotRestored(Fault(error)) }
        do {
            _ = try await awaitReady(former, readiness)
            return .formerServes
        } catch {
            return .formerIsDown(Fault(.failed, await reason(error, of: former)))
        }
    }

    /// Every step leads to a state from which this function goes on in the same way.
    ///
    /// - Returns: the id of the container that was put back and started.
    private func restoreFormer() async throws -> String {
        var state = try await state()
        if let previous = state.previous {
            if let new = state.main {
                try await engine.stop(new.id)
                try await engine.rename(new.id, to: names.next)
            }
            try await engine.rename(previous.id, to: names.main)
            state = try await self.state()
        }
        guard let former = state.main else {
            throw Fault(.discrepancy, "container \(names.main) is gone")
        }
        try await restoreRestartPolicy(of: former, from: state.next)
        try await engine.start(former.id)
        if let next = state.next { try await engine.remove(next.id) }
        return former.id
    }

    /// The new container was made with the old one's policy. Where somebody removed it, RKE's own.
    private func restoreRestartPolicy(
        of former: ContainerInspection, from next: ContainerInspection?
    ) async throws {
        guard !former.restartsByItself else { return }
        let policy = next?.restartPolicy ?? ["Name": "always"]
        if policy != former.restartPolicy {
            try await engine.setRestartPolicy(former.id, policy)
        }
    }
}
