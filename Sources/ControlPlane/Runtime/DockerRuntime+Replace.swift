internal import APIServerSpec
internal import Basics

extension DockerRuntime {
    /// Only a restart: the arguments are right already.
    func restart(_ old: ContainerInspection, _ readiness: Readiness) async throws -> Restart {
        let begin = ContinuousClock.now
        Failpoint.pass("server.restart")
        do {
            try await engine.restart(old.id)
            let running = try await awaitReady(old.id, readiness)
            return try Self.report(running, since: begin)
        } catch {
            throw RestartFailure(
                reason: await reason(error, of: old.id), aftermath: .awaitsFormerFile)
        }
    }

    /// See the table at `DockerRuntime`.
    func replace(
        _ old: ContainerInspection, with arguments: ServerArguments, _ readiness: Readiness
    ) async throws -> Restart {
        let new = try await prepare(old, arguments)
        Failpoint.pass("server.replace")
        let begin = ContinuousClock.now
        let restart: Restart
        do {
            try await engine.setRestartPolicy(old.id, ["Name": "no"])
            try await engine.stop(old.id)
            try await engine.rename(old.id, to: names.previous)
            try await engine.rename(new, to: names.main)
            try await engine.start(new)
            restart = try Self.report(try await awaitReady(new, readiness), since: begin)
        } catch {
            let reason = await reason(error, of: new)
            throw RestartFailure(reason: reason, aftermath: await putBack(readiness))
        }
        do {
            try await retire(old.id)
        } catch {
            // The next run settles it, as after a crash. Nothing may be taken back until then.
            throw RestartFailure(reason: Fault(error).message, aftermath: .changedServes)
        }
        Failpoint.pass("server.replaced")
        return restart
    }

    /// Makes the new container and compares it with the old one, which isn't touched.
    ///
    /// - Returns: its id.
    private func prepare(
        _ old: ContainerInspection, _ arguments: ServerArguments
    ) async throws -> String {
        let recipe = try ContainerRecipe.make(
            from: old, arguments: arguments, image: try await imageReference(old),
            sharedVolumes: try await sharedVolumes(old))
        let id = try await engine.create(names.next, recipe)
        do {
            let new = ContainerInspection(try await engine.inspect(id) ?? .null)
            let differences = ContainerComparison.differences(old, new, arguments: arguments)
            guard differences.isEmpty else {
                throw Fault(
                    .refused,
                    "Docker would make container \(names.main) anew with other settings than it "
                        + "has: \(differences.joined(separator: ", "))",
                    hint: "Nothing was changed. Please report this with the output of "
                        + "docker inspect \(names.main).")
            }
        } catch {
            try await engine.remove(id)
            throw error
        }
        return id
    }

    /// A tag may have been moved to another image since; then only the hash means the same.
    private func imageReference(_ old: ContainerInspection) async throws -> String {
        let meant = try await engine.image(old.imageName)?["Id"]?.text
        return meant == old.imageID ? old.imageName : old.imageID
    }

    private func sharedVolumes(_ old: ContainerInspection) async throws -> Set<String> {
        var names: Set<String> = []
        for container in old.sharesVolumesOf {
            guard let json = try await engine.inspect(container) else {
                throw Fault(
                    .refused,
                    "container \(container), whose volumes kube-apiserver uses, doesn't exist "
                        + "any more, so kube-apiserver could not be made anew",
                    hint: "Run rke up, which makes it again.")
            }
            names.formUnion(ContainerInspection(json).volumeNames)
        }
        return names
    }

    /// The point of no return, and then tidying up, which the next run does where it fails.
    func retire(_ id: String) async throws {
        try await engine.rename(id, to: names.retired)
        try? await engine.remove(id)
    }

    private static func report(
        _ running: ContainerInspection, since begin: ContinuousClock.Instant
    ) throws -> Restart {
        guard let startedAt = running.startedAt else {
            throw Fault(.remote, "Docker doesn't tell when the container was started")
        }
        return Restart(
            identity: running.id, startedAt: startedAt, outage: ContinuousClock.now - begin)
    }
}
