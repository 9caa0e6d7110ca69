internal import Basics
public import SSH

/// What the SSH user may do on a node, found by looking.
///
/// The first that holds is taken, the one with the fewest detours first: root; then `sudo -n`,
/// which never asks for a password; then the Docker Engine alone, which for a member of group
/// `docker` is the same power by a longer way. RKE asks its users for no more than the last.
public enum NodeAccess: String, Sendable, Hashable, CaseIterable {
    /// The user is root.
    case root
    /// The user may run any command by `sudo -n`.
    case sudo
    /// The user may talk to the Docker Engine, and nothing else.
    case docker
}

extension NodeAccess {
    /// Where Docker listens unless the administrator says otherwise.
    public static let defaultDockerSocket = "/var/run/docker.sock"

    /// Looks at a node, by one command that changes nothing.
    ///
    /// - Parameter node: the node as the user named it, for the fault.
    /// - Throws: `Fault(.denied)` with everything that was tried when none of them holds.
    public static func probe(
        _ shell: any SecureShell, node: String, dockerSocket: String = defaultDockerSocket
    ) async throws -> NodeAccess {
        let docker = try dockerCommand(
            ["version", "--format", "{{.Server.Version}}"], dockerSocket)
        let command = try ShellCommand.words(ShellCommand.script(script, docker))
        let result = try await shell.run(command)
        let answer = String(decoding: result.output.exposedBytes(), as: UTF8.self)
            .split(separator: "\n")
        switch answer.last {
        case "access root": return .root
        case "access sudo": return .sudo
        case "access docker": return .docker
        default: throw noAccess(result, node: node)
        }
    }

    /// The words that run `docker` against the given socket, whatever the user's environment or
    /// Docker context say.
    static func dockerCommand(_ arguments: [String], _ socket: String) throws -> [String] {
        guard socket.hasPrefix("/") else {
            throw Fault(
                .badInput, "docker_socket \(socket.debugDescription) isn't an absolute path")
        }
        return ["docker", "-H", "unix://\(socket)"] + arguments
    }

    /// The words that run a command with the rights that this access gives.
    func elevated(_ words: [String]) -> [String] {
        self == .sudo ? ["sudo", "-n"] + words : words
    }

    private static let script = """
        LC_ALL=C; export LC_ALL; u=$(id -u) || exit 1; \
        if [ "$u" = 0 ]; then echo "access root"; exit 0; fi; \
        s=$(sudo -n sh -c "id -u" 2>/dev/null </dev/null); \
        if [ "$s" = 0 ]; then echo "access sudo"; exit 0; fi; \
        s=$(sudo -n sh -c "id -u" 2>&1 </dev/null); \
        if d=$("$@" 2>&1 </dev/null); then echo "access docker"; exit 0; fi; \
        echo "user $(id -un) with groups $(id -Gn)" >&2; \
        echo "sudo -n: $s" >&2; echo "docker: $d" >&2; exit 1
        """

    private static func noAccess(_ result: SSHCommandResult, node: String) -> Fault {
        let reasons = result.errorOutput.split(separator: "\n").prefix(8)
            .map { LogExcerpt.plain(String($0)) }.joined(separator: "; ")
        return Fault(
            .denied,
            "the SSH user is not root, may not use sudo without a password and may not use "
                + "Docker (\(reasons))",
            hint: "On the node, add the user to group docker (usermod -aG docker USER) "
                + "or allow it sudo without a password; then try again.",
            node: node)
    }
}
