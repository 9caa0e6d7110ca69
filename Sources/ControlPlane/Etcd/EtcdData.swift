internal import Basics
internal import Crypto
internal import SSH

/// The data folder of a member while a snapshot takes the place of what is in it.
///
/// Everything happens inside the folder, which may be a disk of its own: what is restored lies
/// beside the member's data until all nodes have it, and what was before lies there until all is
/// proven. Each step can be repeated after it was cut off anywhere, or given up waiting for while
/// it lives on at the node; see `EtcdDataScripts`.
///
/// | | `member` | `orchestrator-restore-ID` | `orchestrator-before-ID` |
/// | --- | --- | --- | --- |
/// | prepared | former | restored | |
/// | swapped | restored | | former |
/// | discarded | restored | | |
/// | put back | former | | |
public struct EtcdData: Sendable {
    /// How far a node is.
    public enum State: String, Sendable, Hashable {
        /// Nothing of the restore is there.
        case untouched
        /// Restored beside the data in force.
        case prepared
        /// One of two renames is done.
        case between
        /// The restored data is in force, the former kept.
        case swapped
    }

    let scripts: RootScripts
    let config: EtcdMemberConfig
    /// Of the restore: letters and digits.
    let id: String
    /// How long another script of ours that is still at work is waited for, in seconds.
    let patience: Int

    public init(of container: EtcdContainer, _ config: EtcdMemberConfig, restore id: String) {
        self.init(scripts: container.scripts, config, restore: id)
    }

    init(
        scripts: RootScripts, _ config: EtcdMemberConfig, restore id: String, patience: Int = 60
    ) {
        self.scripts = scripts
        self.config = config
        self.id = id
        self.patience = patience
    }

    private var folders: [String] { [config.dataFolder] }

    public func state() async throws -> State {
        let text = try await scripts.run(
            EtcdDataScripts.state, [config.dataFolder, id], folders: folders,
            to: "look at etcd's data folder")
        let word = text.trimmingPrefix(" ").prefix { !$0.isWhitespace }
        guard let state = State(rawValue: String(word)) else { throw confusion(cause: nil) }
        return state
    }

    private func confusion(cause: (any Error)?) -> Fault {
        Fault(
            .discrepancy,
            "\(config.dataFolder) has data in force, restored data and former data at a time,"
                + " which this program doesn't leave behind",
            hint: "Look at it: the right one is to be «member».", cause: cause)
    }

    /// Runs a script that changes something, alone on the node.
    ///
    /// - Parameter timeout: without what is waited for another script.
    private func change(
        _ script: String, _ more: [String] = [], to activity: String,
        timeout: Duration = .seconds(120)
    ) async throws {
        do {
            _ = try await scripts.run(
                EtcdDataScripts.change(script, patience: patience),
                [config.dataFolder, id] + more, folders: folders, to: activity,
                timeout: timeout + .seconds(patience))
        } catch let fault as Fault where fault.scriptStatus == EtcdDataScripts.Status.busy {
            throw Fault(
                .conflict,
                "can't \(activity): another script of this program is still at work in"
                    + " \(config.dataFolder)",
                hint: "It was given up waiting for, and goes on by itself. Run the same command"
                    + " again in some minutes.", cause: fault.cause)
        } catch let fault as Fault where fault.scriptStatus == EtcdDataScripts.Status.occupied {
            throw confusion(cause: fault.cause)
        }
    }

    /// Bytes free where the data lies.
    public func freeSpace() async throws -> Int {
        let text = try await scripts.run(
            "df -Pk \"$1\"", [config.dataFolder], folders: folders,
            to: "see how much room \(config.dataFolder) has")
        let fields = text.split(separator: "\n").last?.split(separator: " ") ?? []
        guard fields.count >= 4, let free = Int(fields[3]) else {
            throw Fault(.remote, "df tells nothing about \(config.dataFolder)")
        }
        // A file system may tell any number.
        let (bytes, isBeyond) = max(0, free).multipliedReportingOverflow(by: 1024)
        return isBeyond ? .max : bytes
    }

    /// Restores the snapshot beside the member's data, by the tool of etcd's own image. The member
    /// may run meanwhile.
    ///
    /// - Parameters:
    ///   - cluster: all members, as `--initial-cluster` has them.
    ///   - token: makes the restored cluster another one to every member of the former.
    public func prepare(snapshot file: String, cluster: String, token: String) async throws {
        guard try await state() == .untouched else { return }
        // Of its own each time: after a run was cut off, its tool may still be at work.
        let attempt = try randomIdentifier(bytes: 4)
        try await clear()
        let target = "\(config.dataFolder)/orchestrator-restore-\(id).partial-\(attempt)"
        let arguments = [
            "snapshot", "restore", "\(SnapshotFolder.usualPath)/\(file)", "--data-dir", target,
            "--name", config.name, "--initial-cluster", cluster,
            "--initial-cluster-token", token, "--initial-advertise-peer-urls", config.peerURLs,
        ]
        try await runTool(arguments)
        // What etcd runs as must own it; the new name says that it is whole.
        try await change(EtcdDataScripts.finish, [attempt], to: "finish restoring")
    }

    /// etcdutl since 3.5, which 3.6 has alone; etcdctl before.
    private func runTool(_ arguments: [String]) async throws {
        var refusal: Fault?
        for tool in ["etcdutl", "etcdctl"] {
            let words =
                [
                    "run", "--rm", "--network", "none", "--log-driver", "none",
                    "--security-opt", "label=disable", "--user", "0:0", "--env", "ETCDCTL_API=3",
                    "--volume", "\(SnapshotFolder.usualPath):\(SnapshotFolder.usualPath):ro",
                    "--volume", "\(config.dataFolder):\(config.dataFolder)",
                    "--entrypoint", tool, config.imageID,
                ] + arguments
            let command = try ShellCommand.words(
                scripts.access.elevated(
                    NodeAccess.dockerCommand(words, scripts.dockerSocket)))
            let result = try await scripts.shell.run(
                command, input: SecretBytes(copying: []), timeout: .seconds(3600), limit: 1 << 20)
            do {
                try RootScripts.check(result, "restore the snapshot with \(tool)")
                return
            } catch let fault as Fault where fault.scriptStatus == 127 {
                // Docker's word for a program that the image hasn't got.
                refusal = refusal ?? fault
            }
        }
        throw refusal ?? Fault(.failed, "etcd's image has neither etcdutl nor etcdctl")
    }

    /// Puts the restored data in force. etcd must be stopped.
    public func swap() async throws {
        try await change(EtcdDataScripts.swap, to: "put the restored data in etcd's folder")
    }

    /// Puts the former data back, however far the restore had come. etcd must be stopped.
    public func putBack() async throws {
        try await change(
            EtcdDataScripts.putBack, to: "put etcd's former data back", timeout: .seconds(600))
    }

    /// Removes what was before. There is no way back then.
    public func discardFormer() async throws {
        try await change(
            EtcdDataScripts.discardFormer, to: "remove etcd's former data",
            timeout: .seconds(600))
    }

    /// Removes what tries that were cut off have left.
    private func clear() async throws {
        try await change(
            EtcdDataScripts.clear, to: "remove what a restore left", timeout: .seconds(600))
    }
}
