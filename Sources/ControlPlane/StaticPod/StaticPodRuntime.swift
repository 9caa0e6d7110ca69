internal import APIServerSpec
internal import Basics
internal import Crypto

/// kube-apiserver as a static pod, run by the kubelet from a manifest, as kubeadm and minikube do.
///
/// The manifest is edited where it has to be and keeps every other byte. While an argument is being
/// changed, a copy of the former manifest lies beside the manifests' folder, not in it, for the
/// kubelet runs whatever is there. The copy is how an interrupted change is known.
///
/// | step | manifest | copy |
/// | --- | --- | --- |
/// | copy | former | former |
/// | write | changed | former |
/// | new process, ready | changed | former |
/// | done | changed | |
///
/// The kubelet starts the pod anew for any change of what the manifest means. A restart alone
/// changes an annotation only, which holds the hash of the provider config, and needs no copy.
struct StaticPodRuntime: APIServerRuntime {
    let scripts: RootScripts
    let files: ShellFiles
    /// Of the manifest, in the folder that the kubelet reads.
    let place: FilePlace
    /// Where the kubelet keeps the logs of pods.
    let logFolder: String
    let words = RuntimeWords.staticPod

    /// - Parameters:
    ///   - scripts: of root.
    ///   - manifest: path of kube-apiserver's manifest.
    init(
        scripts: RootScripts, manifest: String, logFolder: String = "/var/log/pods"
    ) throws {
        self.scripts = scripts
        files = scripts.files
        place = try FilePlace(manifest)
        self.logFolder = logFolder
    }

    var manifestPath: String { "\(place.folder)/\(place.name)" }
    /// The folder above that of the manifests.
    var staging: String {
        let above = place.folder.split(separator: "/").dropLast().joined(separator: "/")
        return "/" + above
    }
    var copyPath: String {
        "\(staging == "/" ? "" : staging)/.\(place.name).before-orchestrator"
    }

    func inspect() async throws -> APIServerProcess {
        let server = try await server()
        let process = server.process
        return APIServerProcess(
            identity: process?.identity ?? "",
            arguments: process?.words ?? server.manifest.arguments.words,
            isRunning: process != nil, startedAt: process?.startedAt,
            image: server.manifest.image, mounts: server.mounts, isUnsettled: server.hasCopy,
            usualConfigPath: server.manifest.usualConfigPath)
    }

    func read(_ path: String, limit: Int) async throws -> NodeFile? {
        guard let hostPath = try await server().mounts.hostPath(of: path) else { return nil }
        return try await files.read(hostPath, limit: limit)
    }

    func kind(of path: String) async throws -> PathKind {
        guard let hostPath = try await server().mounts.hostPath(of: path) else { return .missing }
        let text = try await run(StaticPodScripts.kind, [hostPath], to: "look at \(hostPath)")
        return switch text.split(separator: "\n").first {
        case "socket": .socket
        case "missing": .missing
        default: .other
        }
    }

    func stop() async throws {
        throw Fault(
            .refused,
            "kube-apiserver is run by the kubelet here, and isn't stopped by orchestrator",
            hint:
                "Restoring a snapshot works where Docker runs etcd and kube-apiserver, as RKE does."
        )
    }

    func prepareFolder(for path: String) async throws {
        guard let folder = try await server().manifest.folderToMount(for: path) else { return }
        _ = try await run(StaticPodScripts.makeFolder, [folder], to: "make \(folder)")
    }

    func discardFolder(for path: String) async throws {
        guard let folder = try await server().manifest.folderToMount(for: path) else { return }
        _ = try await run(StaticPodScripts.removeFolder, [folder], to: "remove \(folder)")
    }

    func apply(
        _ argument: ProviderConfigArgument, _ readiness: Readiness
    ) async throws -> Restart {
        try await uninterrupted {
            try await settleNow(readiness)
            let old = try await server()
            let wanted = try old.manifest.changed(by: try await change(argument, old))
            if argument == .keep { return try await restart(old, wanted, readiness) }
            return try await replace(old, wanted, readiness)
        }
    }

    func settle(_ readiness: Readiness) async throws {
        try await uninterrupted { try await settleNow(readiness) }
    }

    private func change(
        _ argument: ProviderConfigArgument, _ old: Server
    ) async throws -> ManifestChange {
        switch argument {
        case .remove: return ManifestChange(argument: .remove)
        case .keep:
            let stamp = try await stamp(old.manifest.arguments.providerConfigPath, old)
            return ManifestChange(argument: .keep, stamp: stamp)
        case .set(let path, let flag, let reload):
            return ManifestChange(
                argument: .set(path: path, flag: flag, reload: reload),
                mount: old.manifest.folderToMount(for: path), stamp: try await stamp(path, old))
        }
    }

    /// The hash of the provider config, with a number where that alone would change nothing.
    private func stamp(_ path: String?, _ old: Server) async throws -> String {
        var hash = "none"
        if let path, let hostPath = old.mounts.hostPath(of: path),
            let file = try await files.read(hostPath)
        {
            hash = "sha256:" + SHA256.digest(file.contents).hex
        }
        guard let former = old.manifest.stamp, former.hasPrefix(hash) else { return hash }
        let number = former.split(separator: "/").dropFirst().first.flatMap { Int($0) } ?? 1
        return "\(hash)/\(number < 1_000_000 ? number + 1 : 2)"
    }

    /// Runs a script as root.
    func run(
        _ script: String, _ parameters: [String], to activity: String
    ) async throws -> String {
        try await scripts.run(script, parameters, folders: [], to: activity)
    }
}

extension APIServerManifest {
    /// Where the provider config goes while nothing names a place: the folder of the server's own
    /// key or certificate authority, which is mounted already (kubeadm: `/etc/kubernetes/pki`,
    /// minikube: `/var/lib/minikube/certs`, kubespray: `/etc/kubernetes/ssl`).
    var usualConfigPath: String {
        let known = ["tls-private-key-file", "client-ca-file"].lazy
            .compactMap { arguments.value(of: $0) }
            .compactMap { path in mounts.covering(path).map { (path, $0) } }
            .first { path, mount in path != mount.processPath }
        return "\(known?.1.processPath ?? Self.ownFolder)/encryption.yaml"
    }

    private static var ownFolder: String { "/etc/kubernetes/encryption" }

    /// Where a config at the path needs a folder of its own to be mounted, that folder.
    func folderToMount(for path: String) -> String? {
        guard path.hasPrefix(Self.ownFolder + "/") else { return nil }
        let others = mounts.filter { $0.processPath != Self.ownFolder }
        return others.hostPath(of: path) == nil ? Self.ownFolder : nil
    }
}
