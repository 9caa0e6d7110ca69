internal import APIServerSpec
internal import Basics
internal import SSH

extension StaticPodRuntime {
    /// kube-apiserver's manifest and processes, seen together.
    struct Server: Sendable {
        let sight: StaticPodSight
        let file: NodeFile
        let manifest: APIServerManifest
        /// Every kube-apiserver of this node, in the order of their starts.
        let processes: [NodeProcess]

        var hasCopy: Bool { sight.hasCopy }
        /// The one that was started last.
        var process: NodeProcess? { processes.last }

        /// With the folder that would be mounted for a provider config, if one would.
        var mounts: [HostMount] {
            let path = manifest.arguments.providerConfigPath ?? manifest.usualConfigPath
            let planned = manifest.folderToMount(for: path).map {
                HostMount(hostPath: $0, processPath: $0)
            }
            return manifest.mounts + (planned.map { [$0] } ?? [])
        }
    }

    func look() async throws -> StaticPodSight {
        let command = try await scripts.command(
            StaticPodScripts.look, [place.folder, copyPath, manifestPath, logFolder], folders: [])
        let result = try await scripts.shell.run(
            command, input: SecretBytes(copying: []), timeout: .seconds(60), limit: 16 << 20)
        return try StaticPodSight(result, manifest: manifestPath)
    }

    /// - Throws: `Fault(.notFound)` where there is no manifest; `.refused` where there are several.
    func server() async throws -> Server {
        let sight = try await look()
        guard let file = sight.manifest else {
            throw Fault(
                .notFound, "there is no \(manifestPath) on this node any more",
                hint: sight.hasCopy
                    ? "\(copyPath) is what it was before it was last changed."
                    : "Is kubeadm at work on the node? kubeadm init phase control-plane apiserver"
                        + " writes it anew.")
        }
        try await refuseRivals(sight.files)
        let manifest = try APIServerManifest(file.contents, file: manifestPath)
        return Server(
            sight: sight, file: file, manifest: manifest,
            processes: StaticPodSight.servers(
                of: sight.processes, called: manifest.programs, by: manifest.users))
    }

    /// The kubelet runs every file of its folder, and of two that name the same pod the one that it
    /// reads last, so what the one says that is looked at here may mean nothing.
    private func refuseRivals(_ paths: [String]) async throws {
        for path in paths where path != manifestPath {
            guard let rival = try await files.read(path),
                APIServerManifest.isAPIServer(rival.contents, file: path)
            else { continue }
            throw Fault(
                .refused,
                "there is a second manifest of kube-apiserver, \(path), and the kubelet runs every"
                    + " file of that folder, whatever its suffix",
                hint: "Move the one that isn't meant out of \(place.folder); a copy there may win"
                    + " over \(manifestPath) at any time.")
        }
    }

    /// The line of the logs that tells why the server ended.
    func lastWords(of logs: [ContainerLog]) async -> String? {
        // The newest may be of a start that has said nothing yet.
        let paths = logs.prefix(2).reversed().map(\.path)
        // The log is a help; failing to get it must not hide what went wrong.
        guard !paths.isEmpty,
            let text = try? await run(StaticPodScripts.logs, paths, to: "read the log")
        else { return nil }
        return LogExcerpt.reason(in: ContainerLog.messages(in: text))
    }
}

extension ContainerLog {
    /// What the container wrote, without what the container runtime puts before each line: CRI's
    /// `2026-11-21T03:37:23.2Z stderr F message`, or Docker's `{"log":"message\n",…}`.
    static func messages(in text: String) -> String {
        text.split(separator: "\n").map { line in
            if line.hasPrefix("{\"log\":\"") {
                return String(
                    line.dropFirst(8).prefix(
                        upTo: line.range(of: "\\n\"")?.lowerBound ?? line.endIndex))
            }
            let parts = line.split(separator: " ", maxSplits: 3)
            let isCRI = parts.count == 4 && (parts[1] == "stderr" || parts[1] == "stdout")
            return String(isCRI ? parts[3] : line)
        }.joined(separator: "\n")
    }
}
