internal import Basics
internal import Crypto

/// One provider config on its way to one node; see `ControlPlaneNode.deploy`.
struct ConfigRollout {
    let node: ControlPlaneNode
    /// As the process sees it.
    let path: String
    let contents: SecretBytes
    let flag: ProviderConfigFlag

    func run(_ readiness: Readiness) async throws -> Deployment {
        let process = try await node.runtime.inspect()
        guard let hostPath = process.hostPath(of: path) else {
            throw Fault(
                .refused,
                "\(path) is in no folder that kube-apiserver shares with the node, so it could "
                    + "never read a file put there",
                hint: "Use a path below one of: "
                    + process.mounts.map(\.processPath).sorted().joined(separator: ", "))
        }
        let current = try await node.files.read(hostPath)
        let saved = try await validCopy(hostPath, process, current, readiness)
        if saved == nil, isDone(process, current) { return try await done(.none) }

        let former = FormerFile(path: hostPath, saved: saved, current: current)
        try await former.save(with: node.files)
        let restart: Restart
        do {
            try await write(hostPath, over: current)
            let isNamed = process.providerConfigPath == path
            restart = try await node.runtime.apply(
                isNamed ? .keep : .set(path: path, flag: flag), readiness)
        } catch {
            throw await takenBack(former, after: error, readiness)
        }
        try await former.forget(with: node.files)
        return try await done(.restarted(restart))
    }

    /// The copy that an interrupted run left, if that is still what to go back to.
    ///
    /// A server that is ready with what is there now isn't taken back behind that: it may have
    /// written under a key that the copy lacks, and by what it runs with others may have gone on to
    /// where the copy can't follow. Then only the tidying up was cut off, and is done here.
    private func validCopy(
        _ hostPath: String, _ process: APIServerProcess, _ current: NodeFile?,
        _ readiness: Readiness
    ) async throws -> NodeFile? {
        guard let copy = try await FormerFile.leftover(beside: hostPath, with: node.files) else {
            return nil
        }
        let runsWithCurrent =
            if let current { process.hasLoaded(path, modified: current.modified) } else {
                process.isRunning && process.providerConfigPath != path
            }
        guard runsWithCurrent, (try? await readiness.isReady()) == true else { return copy }
        try await node.files.remove(try FormerFile.path(beside: hostPath))
        return nil
    }

    private func isDone(_ process: APIServerProcess, _ current: NodeFile?) -> Bool {
        guard let current, current.contents == contents else { return false }
        return process.hasLoaded(path, modified: current.modified)
    }

    /// Writes the file even where it has these contents already. A start counts as having read the
    /// file only if it came later, by the node's clock; where that was set back meanwhile, or the
    /// file came with a time of its own, every start would seem too early and lead to another.
    private func write(_ hostPath: String, over current: NodeFile?) async throws {
        try await node.files.write(
            hostPath, contents: contents, permissions: permissions(over: current))
        // A path may lead elsewhere in the process than on the host.
        guard let seen = try await node.runtime.read(path, limit: 1 << 20),
            seen.contents == contents
        else {
            throw Fault(
                .discrepancy,
                "\(hostPath) was written, but kube-apiserver would see something else at \(path)",
                hint: "Check what is mounted at \(path) in kube-apiserver's container.")
        }
    }

    /// Owner and group stay, and the group may go on reading, since a server that isn't root may
    /// depend on it; others may not.
    private func permissions(over current: NodeFile?) -> FilePermissions {
        guard let former = current?.permissions else { return .rootOnly }
        let groupMode = former.group == 0 ? 0 : former.mode & 0o040
        return FilePermissions(mode: 0o600 | groupMode, user: former.user, group: former.group)
    }

    private func done(_ change: Deployment.Change) async throws -> Deployment {
        let process = try await node.runtime.inspect()
        guard process.isRunning else {
            throw Fault(
                .conflict, "kube-apiserver was ready, and ended again at once",
                hint: "See why in docker logs kube-apiserver on the node.")
        }
        guard process.providerConfigPath == path else {
            throw Fault(
                .conflict, "somebody changed kube-apiserver's arguments while it was worked on",
                hint: "Find out who else recreates the container, such as rke up.")
        }
        return Deployment(
            change: change, process: process, configSHA256: SHA256.digest(contents).hex)
    }

    /// Puts the former file back, and the server where that is still to do.
    private func takenBack(
        _ former: FormerFile, after error: any Error, _ readiness: Readiness
    ) async -> Fault {
        let activity = "deploy the provider config"
        let failure = error as? RestartFailure
        // A server that has read the file, or may yet, isn't to find another one or none.
        if let failure, !failure.aftermath.allowsFormerFile {
            return failure.fault(doing: activity)
        }
        do {
            try await former.restore(with: node.files)
        } catch let second {
            let reason = failure?.reason ?? Fault(error).message
            return Fault(
                .failed,
                "can't \(activity): \(reason); and the former \(former.path) could not be put "
                    + "back: \(Fault(second).message)",
                hint: "Run the same command again; it goes on from here.", cause: second)
        }
        guard let failure else {
            return Fault(error).during("can't \(activity); file and server are as they were")
        }
        guard case .awaitsFormerFile = failure.aftermath else {
            return failure.fault(doing: activity)
        }
        do {
            _ = try await node.runtime.apply(.keep, readiness)
            return RestartFailure(reason: failure.reason, aftermath: .formerServes)
                .fault(doing: activity)
        } catch let second {
            let reason = (second as? RestartFailure)?.reason ?? Fault(second).message
            return RestartFailure(
                reason: failure.reason, aftermath: .formerIsDown(Fault(.failed, reason))
            ).fault(doing: activity)
        }
    }
}
