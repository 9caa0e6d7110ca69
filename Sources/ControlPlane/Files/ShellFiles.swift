internal import Basics
internal import Crypto
internal import SSH

/// Files by shell commands, for root and for users with sudo.
struct ShellFiles: NodeFiles {
    private let shell: any SecureShell
    private let access: NodeAccess

    init(shell: any SecureShell, access: NodeAccess) {
        self.shell = shell
        self.access = access
    }

    func read(_ path: String, limit: Int) async throws -> NodeFile? {
        let folder = try FilePlace.folder(ofReadable: path)
        let result = try await run(
            FileScripts.read, [path, folder, String(limit)], limit: limit + 4096)
        if result.ending == .status(FileScripts.Problem.absent.rawValue) { return nil }
        try check(result, "read", path)
        return try FileListing.file(from: result.output, path: path)
    }

    func write(
        _ path: String, contents: SecretBytes, permissions: FilePermissions
    ) async throws {
        try await write(path, contents: contents, permissions: permissions, staging: nil)
    }

    /// - Parameter staging: the folder in which the file is made before it is renamed into place;
    ///   nil is its own.
    func write(
        _ path: String, contents: SecretBytes, permissions: FilePermissions, staging: String?
    ) async throws {
        let place = try FilePlace(path)
        let parameters = [
            place.folder, place.name, place.temporaryPrefix,
            place.temporaryPrefix + (try randomIdentifier()), String(contents.count),
            "0" + String(permissions.mode, radix: 8), "\(permissions.user):\(permissions.group)",
            staging ?? place.folder,
        ]
        Failpoint.pass("node.file.write")
        try check(try await run(FileScripts.write, parameters, input: contents), "write", path)
        Failpoint.pass("node.file.written")
        try await confirm(path, contents: contents)
    }

    func remove(_ path: String) async throws {
        let place = try FilePlace(path)
        let parameters = [place.folder, place.name, place.temporaryPrefix]
        Failpoint.pass("node.file.remove")
        try check(try await run(FileScripts.remove, parameters), "remove", path)
        Failpoint.pass("node.file.removed")
    }

    func removeTemporaries(of path: String) async throws {
        let place = try FilePlace(path)
        let parameters = [place.folder, place.name, place.temporaryPrefix]
        try check(
            try await run(FileScripts.removeTemporaries, parameters),
            "remove temporary files beside", path)
    }

    private func run(
        _ script: String, _ parameters: [String], input: SecretBytes? = nil, limit: Int = 64 << 10
    ) async throws -> SSHCommandResult {
        let words = access.elevated(ShellCommand.script(script, parameters))
        return try await shell.run(
            try ShellCommand.words(words), input: input ?? SecretBytes(copying: []),
            timeout: .seconds(60), limit: limit)
    }

    private func check(_ result: SSHCommandResult, _ activity: String, _ path: String) throws {
        guard !result.succeeded else { return }
        if case .status(let status) = result.ending,
            let problem = FileScripts.Problem(rawValue: status)
        {
            throw problem.fault(path)
        }
        let reason = LogExcerpt.plain(String(result.errorOutput.suffix(400)))
        throw Fault(.failed, "can't \(activity) \(path) on the node: \(reason)")
    }
}
