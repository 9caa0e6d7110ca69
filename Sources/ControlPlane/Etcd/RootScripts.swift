internal import Basics
internal import SSH

/// Runs shell scripts on a node with root's rights over some of its folders, whatever the SSH user
/// may do: as root, by sudo, or in a container of an image that the node has already.
///
/// Parameters are paths, numbers and names, never secrets; contents go through standard input and
/// output.
struct RootScripts: Sendable {
    let shell: any FileShell
    let access: NodeAccess
    let dockerSocket: String
    /// The hash of an image with a shell and the usual tools; asked for where there is only Docker.
    let image: @Sendable () async throws -> String

    /// The node's files, where the user is root or becomes so by sudo.
    var files: ShellFiles { ShellFiles(shell: shell, access: access) }

    /// - Parameters:
    ///   - parameters: are `$1` and so on in the script.
    ///   - folders: of the node, absolute; where they are missing they are made.
    func command(
        _ script: String, _ parameters: [String], folders: [String]
    ) async throws -> String {
        let words = ShellCommand.script(script, parameters)
        guard access == .docker else { return try ShellCommand.words(access.elevated(words)) }
        for folder in folders where folder.contains(":") {
            throw Fault(.badInput, "\(folder) can't be mounted by Docker for its colon")
        }
        let run =
            [
                "run", "--rm", "-i", "--network", "none", "--log-driver", "none",
                "--security-opt", "label=disable", "--user", "0:0", "--entrypoint", "sh",
            ] + folders.flatMap { ["--volume", "\($0):\($0)"] } + [try await image()]
            + words.dropFirst()
        return try ShellCommand.words(NodeAccess.dockerCommand(run, dockerSocket))
    }

    /// - Parameter activity: what it does, for the fault: «list the snapshots».
    /// - Returns: what it wrote, at most 4 MiB.
    /// - Throws: `Fault` for any exit status but 0; `ScriptEnded` is its cause.
    func run(
        _ script: String, _ parameters: [String] = [], folders: [String], to activity: String,
        timeout: Duration = .seconds(120)
    ) async throws -> String {
        let result = try await shell.run(
            try await command(script, parameters, folders: folders),
            input: SecretBytes(copying: []), timeout: timeout, limit: 4 << 20)
        try Self.check(result, activity)
        return result.output.exposedText() ?? ""
    }

    static func check(_ result: SSHCommandResult, _ activity: String) throws {
        guard !result.succeeded else { return }
        let words = LogExcerpt.plain(String(result.errorOutput.suffix(400)))
        var status: Int?
        if case .status(let number) = result.ending { status = number }
        throw Fault(
            .failed,
            "can't \(activity): " + (words.isEmpty ? "it ended with \(result.ending)" : words),
            cause: ScriptEnded(status: status))
    }
}

/// How a script failed.
struct ScriptEnded: Error {
    /// Nil where a signal ended it.
    let status: Int?
}

extension Fault {
    /// The exit status of the script whose failure this is.
    var scriptStatus: Int? { (cause as? ScriptEnded)?.status }
}
