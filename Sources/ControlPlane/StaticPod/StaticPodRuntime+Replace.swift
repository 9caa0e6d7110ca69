internal import APIServerSpec
internal import Basics

extension StaticPodRuntime {
    /// A pod whose server has ended so often while it is waited for will go on ending; the kubelet
    /// waits ten seconds before the first of these starts, twenty before the next.
    private static let greatestEndings = 2
    /// The same for the former server, after which there is no other: a minute or more of them.
    private static let greatestEndingsOfLastHope = 4

    /// Only a restart: the annotation changes.
    func restart(
        _ old: Server, _ wanted: APIServerManifest, _ readiness: Readiness
    ) async throws -> Restart {
        let begin = ContinuousClock.now
        Failpoint.pass("server.restart")
        do {
            try await write(wanted, over: old.file)
            return try await awaitNew(wanted, after: old, readiness, since: begin)
        } catch {
            throw RestartFailure(
                reason: await reason(error, beside: old.sight.logs), aftermath: .awaitsFormerFile)
        }
    }

    /// See the table at `StaticPodRuntime`.
    func replace(
        _ old: Server, _ wanted: APIServerManifest, _ readiness: Readiness
    ) async throws -> Restart {
        let begin = ContinuousClock.now
        // All is as wanted, so only what the kubelet does about it is waited for.
        guard wanted.contents != old.manifest.contents else {
            do {
                return try Self.report(
                    try await awaitServer(running: wanted, readiness), since: begin)
            } catch {
                throw RestartFailure(
                    reason: await reason(error, beside: []), aftermath: .awaitsFormerFile)
            }
        }
        Failpoint.pass("server.replace")
        try await files.write(
            copyPath, contents: old.file.contents, permissions: .rootOnly)
        let restart: Restart
        do {
            try await write(wanted, over: old.file)
            restart = try await awaitNew(wanted, after: old, readiness, since: begin)
        } catch {
            let reason = await reason(error, beside: old.sight.logs)
            throw RestartFailure(
                reason: reason,
                aftermath: await putBack(old.file.contents, over: old.file, readiness))
        }
        do {
            try await files.remove(copyPath)
        } catch {
            // The next run settles it, as after a crash. Nothing may be taken back until then.
            throw RestartFailure(reason: Fault(error).message, aftermath: .changedServes)
        }
        Failpoint.pass("server.replaced")
        return restart
    }

    /// Puts a former manifest back, from wherever a change stands.
    func putBack(
        _ former: SecretBytes, over file: NodeFile?, _ readiness: Readiness
    ) async -> RestartFailure.Aftermath {
        let manifest: APIServerManifest
        do {
            manifest = try APIServerManifest(former, file: copyPath)
            try await write(manifest, over: file)
        } catch { return .formerNotRestored(Fault(error)) }
        do {
            _ = try await awaitServer(running: manifest, readiness, isLastHope: true)
            try await files.remove(copyPath)
            return .formerServes
        } catch {
            return .formerIsDown(Fault(.failed, await reason(error, beside: [])))
        }
    }

    private func write(_ manifest: APIServerManifest, over file: NodeFile?) async throws {
        try await files.write(
            manifestPath, contents: manifest.contents,
            permissions: file?.permissions ?? .rootOnly, staging: staging)
    }

    /// Waits for the process that the kubelet starts for a changed manifest.
    private func awaitNew(
        _ manifest: APIServerManifest, after old: Server, _ readiness: Readiness,
        since begin: ContinuousClock.Instant
    ) async throws -> Restart {
        let former = Set(old.processes.map(\.identity))
        var endings = SeenEndings(after: old)
        Failpoint.pass("server.awaited")
        // The former server may take all of its grace to end.
        let limit = readiness.timeout + .seconds(manifest.terminationGracePeriod)
        let ready = try await readiness.wait(limit: limit) {
            try await server()
        } telling: { server in
            let new = server.processes.filter { !former.contains($0.identity) }
            let running = new.last { manifest.isRun(by: $0) }
            let isAlone = server.processes.allSatisfy { !former.contains($0.identity) }
            let end = Self.end(after: endings.count(in: server))
            return ServerLook(
                isRunning: running != nil && isAlone, start: running?.identity ?? "",
                end: end,
                note: endings.isAnyStarted
                    ? nil : "the kubelet hasn't started it anew; does the kubelet run?")
        }
        Failpoint.pass("server.ready")
        return try Self.report(ready, since: begin)
    }

    private static func end(after endings: Int, isLastHope: Bool = false) -> Fault? {
        endings >= (isLastHope ? greatestEndingsOfLastHope : greatestEndings)
            ? Fault(.failed, "kube-apiserver keeps ending") : nil
    }

    /// Waits until a server runs as the manifest says, whenever it was started.
    ///
    /// - Parameter isLastHope: whether one that ends again and again is waited for much longer.
    func awaitServer(
        running manifest: APIServerManifest, _ readiness: Readiness, isLastHope: Bool = false
    ) async throws -> Server {
        var endings: SeenEndings?
        return try await readiness.wait(
            limit: readiness.timeout + .seconds(manifest.terminationGracePeriod)
        ) {
            try await server()
        } telling: { server in
            var counted = endings ?? SeenEndings(since: server)
            let end = Self.end(after: counted.count(in: server), isLastHope: isLastHope)
            endings = counted
            return ServerLook(
                isRunning: server.processes.count == 1
                    && server.processes.allSatisfy(manifest.isRun),
                start: server.process?.identity ?? "", end: end,
                note: "the kubelet doesn't run it as the manifest says; does the kubelet run?")
        }
    }

    private static func report(
        _ server: Server, since begin: ContinuousClock.Instant
    ) throws -> Restart {
        guard let process = server.process else {
            throw Fault(.conflict, "kube-apiserver was ready, and ended again at once")
        }
        return Restart(
            identity: process.identity, startedAt: process.startedAt,
            outage: ContinuousClock.now - begin)
    }

    /// What went wrong, with the line of its log that tells most.
    private func reason(_ error: any Error, beside formerLogs: [ContainerLog]) async -> String {
        let message = Fault(error).message
        guard let logs = try? await look().logs else { return message }
        let known = Set(formerLogs)
        guard let line = await lastWords(of: logs.filter { !known.contains($0) }) else {
            return message
        }
        return "\(message); its log says: \(line)"
    }
}

extension APIServerManifest {
    /// Whether the process was started with what the manifest says of the provider config.
    func isRun(by process: NodeProcess) -> Bool {
        let running = ServerArguments(process.words)
        return running.providerConfigPath == arguments.providerConfigPath
            && running.hasAutomaticReload == arguments.hasAutomaticReload
    }
}
