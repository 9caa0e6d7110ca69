internal import Basics
internal import Crypto

/// Files by the Docker Engine alone, for a user who may do nothing else.
///
/// Reads come out of kube-apiserver's own container where it has the folder. Everything else is
/// done by a helper container that is gone afterwards: made from kube-apiserver's image (which is
/// on the node), with the one folder bound, no network, and nothing secret in its configuration,
/// since contents go through the archive API. SELinux labels are left as they are: the helper runs
/// without confinement instead of having the folder relabelled.
struct EngineFiles: NodeFiles {
    /// Tells our helpers from all other containers, also after a crash.
    static let helperLabel = "orchestrator.helper"
    /// Where a helper has the folder.
    private static let mountPoint = "/orchestrator-folder"

    private let engine: EngineClient
    /// The container whose image and mounts are used.
    private let server: @Sendable () async throws -> JSONValue

    init(engine: EngineClient, server: @escaping @Sendable () async throws -> JSONValue) {
        self.engine = engine
        self.server = server
    }

    func read(_ path: String, limit: Int) async throws -> NodeFile? {
        let place = try FilePlace(path)
        let server = try await server()
        let mounts = ContainerInspection(server).mounts
        let process = APIServerProcess(
            identity: "", arguments: [], isRunning: false, startedAt: nil, image: "", mounts: mounts)
        if let seen = process.processPath(of: path) {
            return try await engine.readFile(seen, in: ContainerInspection(server).id, limit: limit)
        }
        return try await withHelper(folder: place.folder, command: ["true"]) { helper in
            try await engine.readFile(
                "\(Self.mountPoint)/\(place.name)", in: helper, limit: limit)
        }
    }

    func write(
        _ path: String, contents: SecretBytes, permissions: FilePermissions
    ) async throws {
        let place = try FilePlace(path)
        let temporary = place.temporaryPrefix + (try randomIdentifier())
        let archive = try TarWriter.archive(
            name: temporary, contents: contents, permissions: permissions, modified: 0)
        let command = ShellCommand.script(
            FileScripts.writeInTwoRuns,
            [
                Self.mountPoint, place.name, place.temporaryPrefix, temporary,
                String(contents.count),
            ])
        try await withHelper(folder: place.folder, command: command) { helper in
            try await run(helper, "write", path)
            try await engine.unpack(archive, into: Self.mountPoint, in: helper)
            try await run(helper, "write", path)
        }
        try await confirm(path, contents: contents)
    }

    func remove(_ path: String) async throws {
        let place = try FilePlace(path)
        let command = ShellCommand.script(
            FileScripts.remove, [Self.mountPoint, place.name, place.temporaryPrefix])
        try await withHelper(folder: place.folder, command: command) { helper in
            try await run(helper, "remove", path)
        }
    }

    /// Makes a helper, lends it, and removes it whatever happens; and removes any that an
    /// interrupted run left.
    private func withHelper<Success: Sendable>(
        folder: String, command: [String], _ body: (String) async throws -> Success
    ) async throws -> Success {
        for leftover in try await engine.containers(labelled: Self.helperLabel) {
            try await engine.remove(leftover)
        }
        let image = ContainerInspection(try await server()).imageID
        let name = "orchestrator-files-\(try randomIdentifier())"
        let helper: String
        do {
            helper = try await engine.create(name, Self.recipe(image, folder, command))
        } catch let fault as Fault {
            throw fault.during("can't reach folder \(folder) of the node through Docker")
        }
        let outcome: Result<Success, any Error>
        do { outcome = .success(try await body(helper)) } catch { outcome = .failure(error) }
        // Also when the task is cancelled meanwhile.
        let removal = await Task { try await engine.remove(helper) }.result
        let value = try outcome.get()
        try removal.get()
        return value
    }

    private func run(_ helper: String, _ activity: String, _ path: String) async throws {
        let hint =
            "The image of kube-apiserver on this node has no shell and tools. Use an SSH user "
            + "with sudo or root."
        do {
            try await engine.start(helper)
        } catch let fault as Fault {
            throw Fault(fault.code, "can't \(activity) \(path): \(fault.message)", hint: hint)
        }
        let status = try await engine.wait(helper)
        guard status != 0 else { return }
        if let problem = FileScripts.Problem(rawValue: status) { throw problem.fault(path) }
        let log = try await engine.log(helper, lines: 20, hasTerminal: false)
        throw Fault(
            .failed,
            "can't \(activity) \(path): the helper container ended with status \(status): "
                + (LogExcerpt.reason(in: log) ?? "no reason given"),
            hint: status == 126 || status == 127 ? hint : nil)
    }

    private static func recipe(_ image: String, _ folder: String, _ command: [String]) -> JSONValue {
        [
            "Image": .string(image),
            "Entrypoint": .array(command.map(JSONValue.string)),
            "Cmd": [],
            "User": "0:0",
            "WorkingDir": "/",
            "Labels": [(helperLabel): "files"],
            "Healthcheck": ["Test": ["NONE"]],
            "HostConfig": [
                "NetworkMode": "none",
                "RestartPolicy": ["Name": "no"],
                "LogConfig": ["Type": "json-file"],
                "SecurityOpt": ["label=disable", "no-new-privileges"],
                // Unlike Binds, this is an error where the folder doesn't exist, and creates none.
                "Mounts": [
                    ["Type": "bind", "Source": .string(folder), "Target": .string(mountPoint)]
                ],
            ],
        ]
    }
}
