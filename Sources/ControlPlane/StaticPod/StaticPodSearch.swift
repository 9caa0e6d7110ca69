internal import APIServerSpec
internal import Basics

/// Looks for kube-apiserver among the static pods of a node.
struct StaticPodSearch {
    /// kubeadm's, and minikube's.
    static let usualFolder = "/etc/kubernetes/manifests"

    /// Of root.
    let scripts: RootScripts
    private var files: ShellFiles { scripts.files }

    enum Finding: Sendable {
        /// This is kube-apiserver's manifest.
        case apiServer(manifest: String)
        /// The node runs etcd as a static pod, and no kube-apiserver.
        case onlyEtcd(folder: String)
        case nothing(folder: String)
    }

    /// Changes nothing.
    ///
    /// - Throws: `Fault(.refused)` where there are several manifests of kube-apiserver.
    func find() async throws -> Finding {
        let folder = try await folder()
        let paths = try await lines(StaticPodScripts.manifests, [folder])
            .filter { $0.hasPrefix("file ") }.map { String($0.dropFirst(5)) }
        var servers: [String] = []
        for path in paths.prefix(64) {
            // What the kubelet couldn't read either is none of its manifests.
            guard let file = try? await files.read(path) else { continue }
            if APIServerManifest.isAPIServer(file.contents, file: path) { servers.append(path) }
        }
        if servers.count > 1 {
            throw Fault(
                .refused,
                "there are several manifests of kube-apiserver, and the kubelet runs every file of"
                    + " that folder, whatever its suffix: \(servers.joined(separator: ", "))",
                hint: "Nothing was touched. Move those that aren't meant out of \(folder).")
        }
        if let server = servers.first {
            try await refuseForeign(server)
            return .apiServer(manifest: server)
        }
        let hasEtcd = paths.contains { $0.hasSuffix("/etcd.yaml") }
        return hasEtcd ? .onlyEtcd(folder: folder) : .nothing(folder: folder)
    }

    private func refuseForeign(_ path: String) async throws {
        guard let file = try await files.read(path) else { return }
        let manifest = try APIServerManifest(file.contents, file: path)
        if let owner = ManifestOwner(of: manifest, at: path) { throw owner.fault(path) }
    }

    /// Where the node's kubelet looks: by its argument, which counts more than its config file.
    private func folder() async throws -> String {
        let found = try StaticPodSight.processes(
            try await lines(StaticPodScripts.kubelets, []).map { Substring($0) })
        // What anybody else calls a kubelet isn't the node's.
        for process in found where process.user == 0 {
            let program = process.words.first?.split(separator: "/").last
            guard
                program == "kubelet" || program == "hyperkube" && process.words.contains("kubelet")
            else { continue }
            let arguments = ServerArguments(process.words)
            if let folder = arguments.value(of: "pod-manifest-path") { return trimmed(folder) }
            var configs = [arguments.value(of: "config")].compactMap(\.self)
            if let folder = arguments.value(of: "config-dir") {
                configs += try await lines(StaticPodScripts.dropIns, [folder])
            }
            if let folder = try await staticPodPath(in: configs) { return trimmed(folder) }
        }
        return Self.usualFolder
    }

    /// What the last of the kubelet's config files says that says anything.
    private func staticPodPath(in configs: [String]) async throws -> String? {
        for config in configs.reversed() where config.hasPrefix("/") {
            if let file = try await files.read(config),
                let folder = try KubeletConfig.staticPodPath(in: file.contents, file: config)
            {
                return folder
            }
        }
        return nil
    }

    private func trimmed(_ folder: String) -> String {
        folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    }

    private func lines(_ script: String, _ parameters: [String]) async throws -> [String] {
        let text = try await scripts.run(
            script, parameters, folders: [], to: "look for static pods")
        return text.split(separator: "\n").map(String.init)
    }
}
