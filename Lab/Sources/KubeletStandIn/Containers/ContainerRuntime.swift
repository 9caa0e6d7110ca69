internal import Glibc

/// Makes containers, as a container runtime does for the kubelet: each a mount and a PID namespace
/// with the image's file system as root, in which only its volume mounts of the node are seen.
struct ContainerRuntime {
    /// Holds `images/<name>/` for each image there is, and what containers need while they run.
    let folder: String
    /// The folder of this program, which has its other names, too.
    let programs: String

    struct Running {
        let uid: String
        let container: String
        /// The process that waits for the container's first one and is told to end it.
        let shim: pid_t
        let folder: String
    }

    /// What the shim takes for `kill the container's process`; SIGTERM it hands on.
    static let killSignal = SIGINT

    func start(_ pod: StaticPod, _ container: StaticPod.Container) throws(SystemError) -> Running {
        let image = "\(folder)/images/\(container.image)"
        guard let image = System.resolved(image), System.kind(image) == .directory else {
            throw SystemError(description: "Failed to pull image \"\(container.image)\"")
        }
        let binds = try binds(pod, container)
        let log = try ContainerLog(pod, container)
        let id = container.name + "-" + pod.uid.prefix(12) + "-\(log.attempt)"
        let own = "\(folder)/containers/\(id)"
        for name in ["rootfs", "upper", "work"] { try System.makeFolder("\(own)/\(name)") }
        let spec = ContainerSpec(
            image: image, folder: own, command: container.command,
            environment: environment(container), workingDirectory: container.workingDirectory,
            binds: binds, log: log.path)
        try spec.write(to: own + "/spec.json")
        log.link(id)
        let shim = try System.spawn(
            "\(programs)/\(ContainerShim.program)", [ContainerShim.program, own + "/spec.json"])
        return Running(uid: pod.uid, container: container.name, shim: shim, folder: own)
    }

    /// Removes what there was of a container that has ended; its log stays.
    func clearAway(_ running: Running) { System.remove(running.folder) }

    func signal(_ running: Running, _ signal: Int32) { kill(running.shim, signal) }

    /// As the kubelet's volumes and the container runtime have them.
    private func binds(
        _ pod: StaticPod, _ container: StaticPod.Container
    ) throws(SystemError) -> [ContainerSpec.Bind] {
        var binds: [ContainerSpec.Bind] = []
        for (name, volume) in pod.volumes.sorted(by: { $0.key < $1.key }) {
            // The pod's volumes are checked all, whether a container mounts them or not.
            let source = try source(of: volume, name, pod)
            for mount in container.mounts where mount.volume == name {
                var path = source
                if !mount.subPath.isEmpty {
                    path += "/" + mount.subPath
                    if System.kind(path) == .absent { try System.makeFolder(path) }
                }
                binds.append(
                    .init(source: path, target: mount.path, isReadOnly: mount.isReadOnly))
            }
        }
        return binds.sorted { depth($0) < depth($1) }
    }

    private func depth(_ bind: ContainerSpec.Bind) -> Int {
        bind.target.split(separator: "/").count
    }

    private func source(
        of volume: StaticPod.Volume, _ name: String, _ pod: StaticPod
    ) throws(SystemError) -> String {
        switch volume {
        case .hostPath(let path, let type):
            try type.prepare(path)
            return path
        case .emptyDirectory:
            let path = "/var/lib/kubelet/pods/\(pod.uid)/volumes/kubernetes.io~empty-dir/\(name)"
            try System.makeFolder(path)
            return path
        }
    }

    private func environment(_ container: StaticPod.Container) -> [String] {
        var variables = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOSTNAME": System.hostName(),
        ]
        for variable in container.environment { variables[variable.name] = variable.value }
        return variables.map { "\($0)=\($1)" }.sorted()
    }
}
