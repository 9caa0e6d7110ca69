internal import Basics
internal import Foundation

extension Lab {
    /// Makes the cluster and waits until every API server is ready. What a failed try has made
    /// is taken down again before the failure is thrown.
    ///
    /// A whole lab of the same options is left as it is; one that never came up is replaced.
    ///
    /// - Parameter patience: how long a server may take to be ready.
    public static func up(
        _ options: LabOptions, patience: Duration = .seconds(180),
        progress: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> Lab {
        guard getuid() == 0 else {
            throw Fault(
                .denied, "the lab makes namespaces and mounts, so it must be run as root",
                hint: "try sudo")
        }
        guard options.user != .docker || options.runtime == .docker else {
            throw Fault(
                .usage, "--user docker needs a Docker Engine on every node",
                hint: "nodes with static pods have none; take --user root or sudo")
        }
        if let record = try LabRecord.read(folder: options.folder) {
            guard !record.isUp else { return try reuse(record, for: options) }
            progress("clearing away a lab that never came up")
            try await down(folder: options.folder)
        }
        guard Files.list(options.folder).isEmpty else {
            throw Fault(
                .refused, "\(options.folder) holds something else than a lab",
                hint: "give another folder with --dir")
        }
        do {
            return try await Command.$inherited.withValue([NodeProcesses.mark: options.folder]) {
                try await make(options, patience, progress)
            }
        } catch {
            let fault = Fault(error)
            if fault.code != .interrupted { await tellLogs(folder: options.folder, progress) }
            progress("clearing away")
            // A task of its own, since this one may be cancelled.
            do { try await Task { try await down(folder: options.folder) }.value } catch {
                throw fault.during("and clearing away failed too (\(Fault(error).message))")
            }
            throw fault
        }
    }

    private static func reuse(_ record: LabRecord, for options: LabOptions) throws -> Lab {
        guard record.options == options else {
            throw Fault(
                .conflict, "another lab is up in \(options.folder)",
                hint: "end it with lab down, or give another folder with --dir")
        }
        return Lab(options: options, index: record.index)
    }

    private static func make(
        _ options: LabOptions, _ patience: Duration,
        _ progress: @escaping @Sendable (String) -> Void
    ) async throws -> Lab {
        let version = try await KubernetesVersion.of(options)
        try Files.makeFolder(options.folder, mode: 0o700)
        let network = try await Network.claim(folder: options.folder)
        var record = LabRecord(options: options, index: network.index, isUp: false)
        try record.write()
        let lab = Lab(options: options, index: network.index)
        progress("\(lab.nodes.count) nodes in \(network.bridge), Kubernetes \(version)")
        try await network.configure(options)
        try await lab.makeSSHKey()
        if lab.nodes.contains(where: \.runtime.isStaticPods) {
            try await KubeletProgram.install(lab: options.folder)
        }
        let images = Images(version: version)
        async let certificates: Void = lab.authority.issueAll()
        async let archive = images.pack(apiServer: options.apiServer, in: options.folder)
        try await lab.startNodes()
        progress("nodes are up: sshd and \(options.runtime.programs) run")
        let (_, layer) = try await (certificates, archive)
        try await lab.startControlPlane(images, archive: layer, version: version)
        progress("etcd and kube-apiserver run, waiting for them to be ready")
        try await lab.waitUntilReady(patience)
        try UserFiles(
            options: options, nodes: lab.nodes, authority: lab.authority, version: version
        ).write()
        record.isUp = true
        try record.write()
        return lab
    }

    private func makeSSHKey() async throws {
        try await Command(
            "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", sshKey]
        ).run()
    }

    private func startNodes() async throws {
        let key = try Files.read(sshKey + ".pub")
        try await forEachNode { node in
            try await NodeProcesses.start(node, lab: folder, authorizedKey: key)
            try await network.connect(node)
            guard node.runtime == .docker else { return }
            _ = try await waiting(for: "\(node.name): Docker Engine", atMost: .seconds(30)) {
                try await node.engine().isReady() ? true : nil
            }
        }
    }

    private func startControlPlane(
        _ images: Images, archive: String, version: KubernetesVersion
    ) async throws {
        let manifests = StaticPodManifests(
            nodes: nodes, version: version, images: images,
            serverEnvironment: options.serverEnvironment, serverArguments: options.podArguments)
        try await forEachNode { node in
            try await authority.deploy(to: node)
            if node.runtime.isStaticPods {
                try await images.unpack(archive, on: node)
                try manifests.write(.etcd, on: node)
            } else {
                try await startEtcd(images, archive: archive, version: version, on: node)
            }
        }
        try Files.remove(archive)
        try await forEachNode { node in
            _ = try await waiting(for: "\(node.name): etcd", atMost: .seconds(60)) {
                try await ask(node, port: 2379, path: "/health").status == 200 ? true : nil
            }
            if node.runtime.isStaticPods {
                try manifests.write(.apiServer, on: node)
            } else {
                try await node.engine().start("kube-apiserver")
            }
        }
    }

    /// Makes all of the node's containers, too.
    private func startEtcd(
        _ images: Images, archive: String, version: KubernetesVersion, on node: LabNode
    ) async throws {
        let engine = try node.engine()
        try await engine.importImage(archive: archive, names: images.names)
        var apiServer = ContainerShape.apiServer(node, of: nodes, version: version, images)
        apiServer.environment = options.serverEnvironment.map { "\($0)=\($1)" }.sorted()
        for container in [
            ContainerShape.sidekick(images), .etcd(node, of: nodes, images), apiServer,
        ] {
            try await engine.create(container)
        }
        try await engine.start("etcd")
    }

    /// Returns when every API server says that it is ready.
    package func waitUntilReady(_ patience: Duration = .seconds(120)) async throws {
        try await forEachNode { node in
            // A kubelet's logs count all starts of a pod that was ever there.
            let former = node.runtime.isStaticPods ? try await apiServerRestarts(on: node) : 0
            _ = try await waiting(
                for: "\(node.name): kube-apiserver", atMost: patience,
                every: .milliseconds(250)
            ) {
                try await refuseRestarting(on: node, since: former)
                let answer = try await ask(node, port: node.apiServerPort, path: "/readyz")
                guard answer.status == 200 else {
                    throw Fault(.remote, "/readyz: \(answer.status) \(answer.body.prefix(500))")
                }
                return true
            }
        }
    }

    /// A server that ends again and again won't get ready; waiting on would be in vain.
    private func refuseRestarting(on node: LabNode, since former: Int) async throws {
        let restarts = try await apiServerRestarts(on: node) - former
        // The kubelet waits longer each time, the Docker Engine hardly.
        guard restarts < (node.runtime.isStaticPods ? 3 : 6) else {
            throw Hopeless(
                fault: Fault(
                    .failed, "\(node.name): kube-apiserver has ended \(restarts) times",
                    hint: "its last words are above"))
        }
    }

    /// Runs `body` for all nodes side by side.
    func forEachNode(_ body: @escaping @Sendable (LabNode) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in nodes { group.addTask { try await body(node) } }
            try await group.waitForAll()
        }
    }
}
