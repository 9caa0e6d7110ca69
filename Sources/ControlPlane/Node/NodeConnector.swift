internal import Basics
internal import HTTP
public import SSH

/// Makes a `ControlPlaneNode` of an SSH connection by looking at the node.
public struct NodeConnector: Sendable {
    /// As the user named the node.
    public let name: String
    public let address: String
    public let shell: any FileShell
    /// RKE's `docker_socket`.
    public let dockerSocket: String
    public let choice: RuntimeChoice

    public init(
        name: String, address: String, shell: any FileShell,
        dockerSocket: String = NodeAccess.defaultDockerSocket, choice: RuntimeChoice = .auto
    ) {
        self.name = name
        self.address = address
        self.shell = shell
        self.dockerSocket = dockerSocket
        self.choice = choice
    }

    /// Where to look for kube-apiserver.
    public enum RuntimeChoice: Sendable, Hashable {
        /// Among the static pods first, then in Docker.
        case auto
        case docker, staticPod
    }

    /// How kube-apiserver is run on the node.
    public enum Runtime: Sendable, Hashable {
        /// The Engine's version as Docker prints it, such as `20.10.24`.
        case docker(version: String)
        /// By the kubelet, from this manifest.
        case staticPod(manifest: String)
        /// The kubelet runs etcd here, and no kube-apiserver.
        case none
    }

    /// A node as it was found.
    public struct Finding: Sendable {
        public let node: ControlPlaneNode
        public let access: NodeAccess
        public let runtime: Runtime
        public let snapshots: SnapshotFolder
        /// Nil where Docker doesn't run it.
        public let etcd: EtcdContainer?
    }

    /// Finds out what the SSH user may do and how the node's kube-apiserver is run. Changes nothing.
    public func find() async throws -> Finding {
        do {
            let access = try await NodeAccess.probe(shell, node: name, dockerSocket: dockerSocket)
            switch try await staticPods(access) {
            case .apiServer(let manifest): return try await staticPod(access, manifest: manifest)
            case .onlyEtcd(let folder):
                return try withoutEngine(
                    access, .none, manifest: "\(folder)/kube-apiserver.yaml")
            case .nothing(let folder):
                guard choice == .staticPod else {
                    return try await docker(access, lookedIn: folder)
                }
                throw Fault(
                    .notFound, "there is no manifest of kube-apiserver in \(folder)",
                    hint:
                        "Nothing was touched. Is it a control-plane node? orchestrator.runtime says"
                        + " static-pod; auto also looks for Docker.")
            case nil: return try await docker(access, lookedIn: nil)
            }
        } catch {
            throw Fault(error).on(node: name)
        }
    }

    /// Nil where they weren't looked for. Only root can see them.
    private func staticPods(_ access: NodeAccess) async throws -> StaticPodSearch.Finding? {
        guard choice != .docker else { return nil }
        if access != .docker {
            return try await StaticPodSearch(scripts: scriptsOfRoot(access)).find()
        }
        guard choice == .staticPod else { return nil }
        throw Fault(
            .denied, "static pods can only be seen and changed by root",
            hint: "Nothing was touched. On the node, allow the SSH user sudo without a password; a"
                + " member of group docker can't do it.")
    }

    private func staticPod(_ access: NodeAccess, manifest: String) async throws -> Finding {
        // Where a Docker Engine is at work too, it may be the kubelet's; RKE's names are RKE's.
        if choice == .auto, let engine = try? await connectEngine(access),
            try await engine.inspect(DockerRuntime.defaultContainer) != nil
        {
            throw Fault(
                .refused,
                "kube-apiserver is here twice: by the manifest \(manifest), and as Docker's"
                    + " container \(DockerRuntime.defaultContainer)",
                hint:
                    "Nothing was touched. Remove the one that isn't in use, or say which one counts:"
                    + " orchestrator.runtime: docker or static-pod.")
        }
        return try withoutEngine(access, .staticPod(manifest: manifest), manifest: manifest)
    }

    private func withoutEngine(
        _ access: NodeAccess, _ runtime: Runtime, manifest: String
    ) throws -> Finding {
        let scripts = scriptsOfRoot(access)
        let pods = try StaticPodRuntime(scripts: scripts, manifest: manifest)
        return Finding(
            node: ControlPlaneNode(
                name: name, address: address, files: pods.files, runtime: pods),
            access: access, runtime: runtime, snapshots: SnapshotFolder(scripts: scripts), etcd: nil
        )
    }

    private func scriptsOfRoot(_ access: NodeAccess) -> RootScripts {
        RootScripts(shell: shell, access: access, dockerSocket: dockerSocket) {
            throw Fault(.refused, "the node has no Docker Engine")
        }
    }

    /// - Parameter folder: where no manifest was found.
    private func docker(_ access: NodeAccess, lookedIn folder: String?) async throws -> Finding {
        let engine: EngineClient
        do {
            engine = try await connectEngine(access)
        } catch let fault as Fault where folder != nil && fault.code != .timedOut {
            throw Fault(
                .notFound,
                "there is no manifest of kube-apiserver in \(folder ?? ""), and \(fault.message)",
                hint: "Nothing was touched. Is it a control-plane node?", cause: fault)
        }
        let runtime = DockerRuntime(engine: engine)
        let scripts = RootScripts(shell: shell, access: access, dockerSocket: dockerSocket) {
            try await Self.imageWithShell(engine)
        }
        let files: any NodeFiles =
            switch access {
            case .root, .sudo: scripts.files
            case .docker: EngineFiles(engine: engine) { try await runtime.serving().0.json }
            }
        return Finding(
            node: ControlPlaneNode(
                name: name, address: address, files: files, runtime: runtime),
            access: access, runtime: .docker(version: engine.version),
            snapshots: SnapshotFolder(scripts: scripts),
            etcd: EtcdContainer(engine: engine, scripts: scripts))
    }

    /// RKE's tools, which every node has; else what its components are made of.
    private static func imageWithShell(_ engine: EngineClient) async throws -> String {
        for name in ["service-sidekick", DockerRuntime.defaultContainer, EtcdContainer.name] {
            if let container = try await engine.inspect(name) {
                return ContainerInspection(container).imageID
            }
        }
        throw Fault(
            .refused, "the node has none of RKE's containers, of whose images one is needed",
            hint: "Use an SSH user with sudo or root.")
    }

    /// Speaks to whatever host it is asked for through `docker system dial-stdio` on the node.
    ///
    /// - Parameter patience: how long the Engine may be silent while it is to answer.
    func engineExchanger(
        _ access: NodeAccess, patience: Duration = .seconds(300)
    ) throws -> any HTTPExchanger {
        let words = try NodeAccess.dockerCommand(["system", "dial-stdio"], dockerSocket)
        let command = try ShellCommand.words(access.elevated(words))
        return try HTTPClient(
            HTTPClientConfiguration(
                dial: { [shell] descriptor, _, _, failed in
                    shell.relay(descriptor: descriptor, to: .command(command), failed: failed)
                },
                version: .http1, proxy: .none, connectTimeout: .seconds(30),
                idleTimeout: patience))
    }

    private func connectEngine(_ access: NodeAccess) async throws -> EngineClient {
        // An Engine that hangs is to be noticed soon; but stopping a container may take its whole
        // stop timeout.
        let client = try engineExchanger(access, patience: .seconds(60))
        let patient = try engineExchanger(access, patience: .seconds(300))
        do {
            return try await EngineClient(asking: client, patient: patient)
        } catch let fault as Fault where fault.code != .refused {
            throw await diagnosis(fault, access)
        }
    }

    /// What the relayed command said is lost; the like command says why it doesn't work.
    private func diagnosis(_ fault: Fault, _ access: NodeAccess) async -> Fault {
        // Another command would only hang in its turn.
        guard fault.code != .timedOut else {
            return Fault(
                .timedOut,
                "the Docker Engine at \(dockerSocket) takes connections but doesn't answer",
                hint: EngineClient.hintWhereItHangs, cause: fault)
        }
        guard
            let words = try? NodeAccess.dockerCommand(["version"], dockerSocket),
            let command = try? ShellCommand.words(access.elevated(words)),
            let result = try? await shell.run(command), !result.succeeded
        else { return fault.during("can't reach the Docker Engine") }
        let reason = LogExcerpt.plain(String(result.errorOutput.suffix(400)))
        return Fault(
            .unreachable, "can't reach the Docker Engine at \(dockerSocket): \(reason)",
            hint: "Check that Docker runs on the node and that docker_socket is right.",
            cause: fault)
    }
}
