internal import YAML

/// What a container sees of its host, and what of that is ours.
struct PodVolumes: Sendable {
    struct Volume: Sendable, Hashable {
        let name: String
        /// Nil where it isn't the host's.
        let hostPath: String?
        let type: String?
    }

    struct Mount: Sendable, Hashable {
        let name: String
        let path: String
        let subPath: String
        let isReadOnly: Bool
    }

    let volumes: [Volume]
    let mounts: [Mount]

    init(pod: YAMLNode?, container: YAMLNode) {
        volumes = (pod?["volumes"]?.sequence ?? []).map { node in
            Volume(
                name: node["name"]?.text ?? "", hostPath: node["hostPath"]?["path"]?.text,
                type: node["hostPath"]?["type"]?.text)
        }
        mounts = (container["volumeMounts"]?.sequence ?? []).compactMap { node in
            guard let path = node["mountPath"]?.text, !path.isEmpty else { return nil }
            let subPath = node["subPath"]?.text ?? node["subPathExpr"]?.text ?? ""
            return Mount(
                name: node["name"]?.text ?? "", path: path, subPath: subPath,
                isReadOnly: node["readOnly"]?.scalar?.bool ?? false)
        }
    }

    /// - Parameter excluded: the name of a volume to leave out.
    func hostMounts(besides excluded: String?) -> [HostMount] {
        mounts.filter { $0.name != excluded }.compactMap { mount in
            guard let host = hostPath(of: mount) else { return nil }
            return HostMount(hostPath: host, processPath: mount.path)
        }
    }

    /// What is mounted nearest above `path`, ours aside, where that isn't the host's and hides it.
    func hiding(_ path: String) -> Mount? {
        let others = mounts.filter { $0.name != APIServerManifest.volumeName }
        let nearest = others.map { HostMount(hostPath: $0.path, processPath: $0.path) }
            .covering(path)
        let all = others.filter { $0.path == nearest?.processPath }
        return all.contains { hostPath(of: $0) != nil } ? nil : all.first
    }

    private func hostPath(of mount: Mount) -> String? {
        guard let host = volumes.last(where: { $0.name == mount.name })?.hostPath,
            !mount.subPath.contains("$(")
        else { return nil }
        guard !mount.subPath.isEmpty else { return host }
        return host.hasSuffix("/") ? host + mount.subPath : "\(host)/\(mount.subPath)"
    }

    /// Our own, as they are and as they are wanted.
    struct Own: Sendable, Hashable {
        let volumes: [Volume]
        let mounts: [Mount]

        static let none = Own(volumes: [], mounts: [])

        static func folder(_ folder: String) -> Own {
            let name = APIServerManifest.volumeName
            return Own(
                volumes: [Volume(name: name, hostPath: folder, type: "DirectoryOrCreate")],
                mounts: [Mount(name: name, path: folder, subPath: "", isReadOnly: true)])
        }
    }

    var own: Own {
        let name = APIServerManifest.volumeName
        return Own(
            volumes: volumes.filter { $0.name == name }, mounts: mounts.filter { $0.name == name })
    }
}
