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

    public init(
        name: String, address: String, shell: any FileShell,
        dockerSocket: String = NodeAccess.defaultDockerSocket
    ) {
        self.name = name
        self.address = address
        self.shell = shell
        self.dockerSocket = dockerSocket
    }

    /// A node as it was found.
    public struct Finding: Sendable {
        public let node: ControlPlaneNode
        public let access: NodeAccess
        /// As Docker prints it, such as `20.10.24`.
        public let dockerVersion: String
        public let snapshots: SnapshotFolder
        public let etcd: EtcdContainer
    }

    /// Finds out what the SSH user may do and how the node's kube-apiserver is run. Changes nothing.
    public func find() async throws -> Finding {
        do {
            let access = try await NodeAccess.probe(shell, node: name, dockerSocket: dockerSocket)
            let engine = try await connectEngine(access)
            let runtime = DockerRuntime(engine: engine)
            let files: any NodeFiles =
                switch access {
                case .root, .sudo: ShellFiles(shell: shell, access: access)
                case .docker: EngineFiles(engine: engine) { try await runtime.serving().0.json }
                }
            let node = ControlPlaneNode(
                name: name, address: address, files: files, runtime: runtime)
            let scripts = RootScripts(shell: shell, access: access, dockerSocket: dockerSocket) {
                try await Self.imageWithShell(engine)
            }
            return Finding(
                node: node, access: access, dockerVersion: engine.version,
                snapshots: SnapshotFolder(scripts: scripts),
                etcd: EtcdContainer(engine: engine, scripts: scripts))
        } catch {
            throw Fault(error).on(node: name)
        }
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
