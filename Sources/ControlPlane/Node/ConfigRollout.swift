internal import APIServerSpec
internal import Basics
internal import Crypto

/// One provider config on its way to one node; see `ControlPlaneNode.deploy`.
struct ConfigRollout {
    let node: ControlPlaneNode
    /// As the process sees it.
    let path: String
    let contents: SecretBytes
    let flag: ProviderConfigFlag
    /// Whether a new argument comes with that for automatic reload.
    let reload: Bool

    func run(_ readiness: Readiness) async throws -> Deployment {
        let process = try await node.runtime.inspect()
        guard let hostPath = process.hostPath(of: path) else {
            throw Fault(
                .refused,
                "\(path) is in no folder that kube-apiserver shares with the node, so it could "
                    + "never read a file put there",
                hint: "Mount that folder into kube-apiserver's container. So far it shares: "
                    + process.mounts.map(\.processPath).sorted().joined(separator: ", "))
        }
        let current = try await node.files.read(hostPath)
        let said = await readiness.whatIsLoaded()
        let file = current.map { ConfigFile(path: path, file: $0) }
        let isLoaded = file.map { process.hasLoaded($0, saying: said) }
        let former = try await FormerFile.find(
            hostPath, current: current,
            serverHasCurrent: isLoaded ?? process.runsWithout(path), readiness, with: node.files)
        if former.saved == nil, isLoaded == true, current?.contents == contents {
            return try await done(.none)
        }
        try await former.save(with: node.files)
        let restart: Restart
        do {
            try await write(hostPath, over: current)
            let isNamed = process.providerConfigPath == path
            restart = try await node.runtime.apply(
                isNamed ? .keep : .set(path: path, flag: flag, reload: reload), readiness)
        } catch {
            throw await takenBack(former, after: error, readiness)
        }
        try await former.forget(with: node.files)
        return try await done(.restarted(restart))
    }

    /// Writes the file even where it has these contents already. A start counts as having read the
    /// file only if it came later, by the node's clock; where that was set back meanwhile, or the
    /// file came with a time of its own, every start would seem too early and lead to another.
    private func write(_ hostPath: String, over current: NodeFile?) async throws {
        try await node.runtime.prepareFolder(for: path)
        try await node.files.write(
            hostPath, contents: contents, permissions: ConfigFile.permissions(over: current))
        // A path may lead elsewhere in the process than on the host.
        guard let seen = try await node.runtime.read(path, limit: 1 << 20),
            seen.contents == contents
        else {
            throw Fault(
                .discrepancy,
                "\(hostPath) was written, but kube-apiserver would see something else at \(path)",
                hint: "Check what is mounted at \(path) for kube-apiserver.")
        }
    }

    private func done(_ change: Deployment.Change) async throws -> Deployment {
        let process = try await node.runtime.inspect()
        guard process.isRunning else {
            throw Fault(
                .conflict, "kube-apiserver was ready, and ended again at once",
                hint: "See why in its log (\(node.runtime.words.log)).")
        }
        guard process.providerConfigPath == path else {
            throw Fault(
                .conflict, "somebody changed kube-apiserver's arguments while it was worked on",
                hint: node.runtime.words.others)
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
            return failure.fault(doing: activity, node.runtime.words)
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
            return failure.fault(doing: activity, node.runtime.words)
        }
        do {
            _ = try await node.runtime.apply(.keep, readiness)
            return RestartFailure(reason: failure.reason, aftermath: .formerServes)
                .fault(doing: activity, node.runtime.words)
        } catch let second {
            let reason = (second as? RestartFailure)?.reason ?? Fault(second).message
            return RestartFailure(
                reason: failure.reason, aftermath: .formerIsDown(Fault(.failed, reason))
            ).fault(doing: activity, node.runtime.words)
        }
    }
}
