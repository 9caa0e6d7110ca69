internal import Basics
internal import ClusterFiles
internal import SSH

/// How the nodes of one cluster are reached by SSH, from cluster.yml and the command line.
struct SSHAccess: Sendable {
    private let options: SessionOptions
    private let settings: OrchestratorSettings.SSH
    private let bastion: BastionConfig?

    init(_ config: ClusterConfig, options: SessionOptions) {
        self.options = options
        settings = config.settings.ssh
        bastion = config.bastion
    }

    /// A connection to the node, through the bastion where there is one.
    func connect(to node: NodeConfig) async throws -> SSHConnection {
        let configuration = try configuration(node.credentials, of: "node \(node.name)")
        let target = SSHTarget(host: node.address, port: node.port, user: node.user)
        guard let bastion else {
            return try await SSHConnection.connect(target, configuration: configuration)
        }
        let way: SSHConnection
        do {
            way = try await SSHConnection.connect(
                SSHTarget(host: bastion.address, port: bastion.port, user: bastion.user),
                configuration: try self.configuration(bastion.credentials, of: "bastion_host"))
        } catch {
            throw Fault(error).during("connecting to the bastion host")
        }
        return try await SSHConnection.connect(target, configuration: configuration, via: way)
    }

    private func configuration(
        _ credentials: SSHCredentials, of owner: String
    ) throws -> SSHConfiguration {
        SSHConfiguration(
            credentials: try self.credentials(credentials, of: owner), hostKeys: try hostKeys(),
            connectTimeout: settings.connectTimeout,
            keepaliveInterval: settings.keepaliveInterval)
    }

    private func credentials(
        _ credentials: SSHCredentials, of owner: String
    ) throws -> [SSHCredential] {
        if credentials.useAgent || options.sshAgentAuth {
            guard let socket = options.environment["SSH_AUTH_SOCK"], !socket.isEmpty else {
                throw Fault(
                    .unauthenticated,
                    "\(owner) is to be reached with keys of the SSH agent, but SSH_AUTH_SOCK"
                        + " isn't set",
                    hint:
                        "Nothing was touched. Start an agent (eval $(ssh-agent); ssh-add), or name"
                        + " a key with ssh_key_path.")
            }
            return [.agent(socketPath: socket)]
        }
        let (contents, origin) = try read(credentials.privateKey, "ssh_key", of: owner)
        let certificate = try credentials.certificate.map { try read($0, "ssh_cert", of: owner).0 }
        return [
            .privateKey(
                SSHPrivateKey(
                    contents: contents, passphrase: try passphrase,
                    certificate: certificate?.exposedText(), origin: origin))
        ]
    }

    /// A scheduled job has nobody to ask, and a variable's value shows in the process list, so the
    /// passphrase comes from a file that the environment names.
    private var passphrase: SecretBytes? {
        get throws {
            let variable = "ORCHESTRATOR_SSH_PASSPHRASE_FILE"
            guard let path = options.environment[variable] else { return nil }
            let text = try read(path, "\(variable)", limit: 4096)
            return text.withUnsafeBytes { bytes in
                SecretBytes(copying: bytes.prefix { $0 != UInt8(ascii: "\n") })
            }
        }
    }

    private func read(
        _ source: SSHCredentials.Source, _ field: String, of owner: String
    ) throws -> (SecretBytes, String) {
        switch source {
        case .inline(let bytes): (bytes, "\(field) of \(owner)")
        case .file(let path):
            (try read(path, "\(field)_path of \(owner)", limit: 1 << 20), path)
        }
    }

    /// - Parameter what: who names the file, for the fault.
    private func read(_ path: String, _ what: String, limit: Int) throws -> SecretBytes {
        do {
            if let contents = try LocalFile.read(path, limit: limit) { return contents }
        } catch {
            throw error.during("reading what \(what) names")
        }
        throw Fault(
            .badInput, "\(what) names a file that doesn't exist",
            hint: "Nothing was touched. Paths are relative to cluster.yml.",
            place: Fault.Place(file: path))
    }

    private func hostKeys() throws -> SSHHostKeyPolicy {
        let known = try settings.knownHosts ?? userKnownHosts()
        let files = settings.knownHosts == nil ? [known, "/etc/ssh/ssh_known_hosts"] : [known]
        return SSHHostKeyPolicy(
            files: files,
            unknownHosts: options.acceptNewHostKeys ? .accept(appendingTo: known) : .refuse)
    }

    private func userKnownHosts() throws -> String {
        guard let home = options.environment["HOME"], !home.isEmpty else {
            throw Fault(
                .badInput, "HOME isn't set, so there is no ~/.ssh/known_hosts",
                hint: "Set HOME, or name the file with orchestrator.ssh.known_hosts.")
        }
        return home + "/.ssh/known_hosts"
    }
}
