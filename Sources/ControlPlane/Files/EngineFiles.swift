internal import APIServerSpec
internal import Basics
internal import Crypto
internal import JSON

/// Files by the Docker Engine alone, for a user who may do nothing else.
///
/// Reads come out of kube-apiserver's own container where it has the folder. Everything else is
/// done by a helper container that is gone afterwards: made from kube-apiserver's image (which is
/// on the node), with the one folder bound, no network, and nothing secret in its configuration,
/// since contents go through the archive API. SELinux labels are left as they are: the helper runs
/// without confinement instead of having the folder relabelled.
struct EngineFiles: NodeFiles {
    /// Tells our helpers from all other containers, also after a crash. Its value is the name of
    /// the server's container.
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
        if let seen = ContainerInspection(server).mounts.processPath(of: path) {
            return try await engine.readFile(seen, in: ContainerInspection(server).id, limit: limit)
        }
        return try await read(place.name, in: place.folder, limit: limit)
    }

    /// Reads by a helper that is never started. A folder that can't be bound may not exist, which
    /// is known when the folder above can be, and has no such path in it.
    private func read(_ rest: String, in folder: String, limit: Int) async throws -> NodeFile? {
        do {
            return try await withHelper(folder: folder, command: ["true"]) { helper in
                try await engine.readFile("\(Self.mountPoint)/\(rest)", in: helper, limit: limit)
            }
        } catch let fault as Unbindable {
            guard folder != "/" else { throw fault.fault }
            let place = try? FilePlace(folder)
            return try await read(
                "\(place?.name ?? String(folder.dropFirst()))/\(rest)", in: place?.folder ?? "/",
                limit: limit)
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
        Failpoint.pass("node.file.write")
        try await removeLeftovers()
        do {
            try await withHelper(folder: place.folder, command: command) { helper in
                try await run(helper, "write", path)
                try await engine.unpack(archive, into: Self.mountPoint, in: helper)
                try await run(helper, "write", path)
            }
        } catch let fault as Unbindable {
            throw fault.fault
        }
        Failpoint.pass("node.file.written")
        try await confirm(path, contents: contents)
    }

    func remove(_ path: String) async throws {
        Failpoint.pass("node.file.remove")
        try await remove(path, by: FileScripts.remove)
        Failpoint.pass("node.file.removed")
    }

    func removeTemporaries(of path: String) async throws {
        try await remove(path, by: FileScripts.removeTemporaries)
    }

    private func remove(_ path: String, by script: String) async throws {
        let place = try FilePlace(path)
        let command = ShellCommand.script(
            script, [Self.mountPoint, place.name, place.temporaryPrefix])
        // A helper that is still at work ends with it.
        try await removeLeftovers()
        do {
            try await withHelper(folder: place.folder, command: command) { helper in
                try await run(helper, "remove", path)
            }
        } catch let fault as Unbindable {
            // No folder, no file.
            guard try await read(path) == nil else { throw fault.fault }
        }
    }

    private func removeLeftovers() async throws {
        let name = ContainerInspection(try await server()).name
        for helper in try await engine.containers(labelled: "\(Self.helperLabel)=\(name)") {
            try await engine.remove(helper)
        }
    }

    /// A folder of which no helper could be made.
    private struct Unbindable: Error {
        let fault: Fault
    }

    /// Makes a helper, lends it, and removes it whatever happens.
    private func withHelper<Success: Sendable>(
        folder: String, command: [String], _ body: (String) async throws -> Success
    ) async throws -> Success {
        let server = ContainerInspection(try await server())
        let recipe = Self.recipe(server, folder, command)
        let helper: String
        do {
            helper = try await engine.create(
                "orchestrator-files-\(try randomIdentifier())", recipe)
        } catch let fault as Fault where fault.code == .remote {
            throw Unbindable(
                fault: fault.during("can't reach folder \(folder) of the node through Docker"))
        }
        let outcome: Result<Success, any Error>
        do { outcome = .success(try await body(helper)) } catch { outcome = .failure(error) }
        // Also when the task is cancelled meanwhile. What fails to be removed holds nothing and is
        // removed by the next change.
        await Task { try? await engine.remove(helper) }.value
        return try outcome.get()
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
        Failpoint.pass("engine.helper.ended")
        guard status != 0 else { return }
        if let problem = FileScripts.Problem(rawValue: status) { throw problem.fault(path) }
        let log = try await engine.log(helper, lines: 20, hasTerminal: false)
        throw Fault(
            .failed,
            "can't \(activity) \(path): the helper container ended with status \(status): "
                + (LogExcerpt.reason(in: log) ?? "no reason given"),
            hint: status == 126 || status == 127 ? hint : nil)
    }

    private static func recipe(
        _ server: ContainerInspection, _ folder: String, _ command: [String]
    ) -> JSONValue {
        [
            "Image": .string(server.imageID),
            "Entrypoint": .array(command.map(JSONValue.string)),
            "Cmd": [],
            "User": "0:0",
            "WorkingDir": "/",
            "Labels": [(helperLabel): .string(server.name)],
            "Healthcheck": ["Test": ["NONE"]],
            // Not even the loopback interface, whose setting up is half of what a helper takes.
            "NetworkDisabled": true,
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
