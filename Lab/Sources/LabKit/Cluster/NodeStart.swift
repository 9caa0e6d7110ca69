internal import Basics
internal import Foundation

/// Starting and ending the processes of nodes.
enum NodeProcesses {
    /// In the environment of every process that the lab starts, with the lab's folder as value:
    /// by it they are found again, whatever became of the one that started them.
    static let mark = "ORCHESTRATOR_LAB_FOLDER"

    /// Starts the node's first process in namespaces of its own and waits for its number.
    static func start(_ node: LabNode, lab folder: String, authorizedKey: String) async throws {
        try Files.makeFolder(node.folder + "/root")
        try await seed(node, authorizedKey: authorizedKey)
        let script = node.folder + "/init.sh"
        try Files.write(PackageResources.node_init_sh, to: script, mode: 0o700)
        try spawn(
            "setsid",
            [
                "unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--fork",
                "--kill-child", "bash", script,
            ],
            lab: folder, log: node.folder + "/init.log",
            environment: [
                "LAB_NODE_DIR": node.folder, "LAB_NODE_NAME": node.name,
                "LAB_NODE_ADDRESS": node.address + "/24", "LAB_NODE_CGROUP": node.cgroup,
                "LAB_NODE_RUNTIME": node.runtime.rawValue,
                "LAB_KUBELET_DIR": KubeletProgram.folder(lab: folder),
            ])
        _ = try await waiting(for: "\(node.name)'s first process", atMost: .seconds(10)) {
            Files.exists(node.folder + "/init.pid") ? true : nil
        }
    }

    /// Starts a program that outlives this one, marked as the lab's.
    static func spawn(
        _ program: String, _ arguments: [String], lab folder: String, log: String,
        environment: [String: String] = [:]
    ) throws {
        let marked = environment.merging([mark: folder]) { $1 }
        let command = Command(program, arguments, environment: marked)
        try Files.write("", to: log)
        guard let output = FileHandle(forWritingAtPath: log) else {
            throw Fault(.failed, "cannot write \(log)")
        }
        let stream = ChildProcess.Stream.descriptor(output.fileDescriptor)
        let process = try command.start(output: stream, errors: stream)
        // What nobody waits for would stay in the process list when it has ended.
        Thread { _ = process.wait() }.start()
    }

    /// The files that the node begins with.
    private static func seed(_ node: LabNode, authorizedKey: String) async throws {
        let ssh = node.folder + "/seed/etc/ssh"
        try Files.makeFolder(ssh)
        try await Command(
            "ssh-keygen",
            ["-q", "-t", "ed25519", "-N", "", "-C", node.name, "-f", ssh + "/ssh_host_ed25519_key"]
        ).run()
        try Files.write(authorizedKey, to: ssh + "/lab_authorized_keys")
    }

    /// The node's host key, as known_hosts has it.
    static func hostKey(of node: LabNode) throws -> String {
        try Files.read(node.folder + "/seed/etc/ssh/ssh_host_ed25519_key.pub")
    }

    /// All processes of this host that carry the lab's mark.
    static func marked(lab folder: String) -> [Int32] {
        let entry = Array("\(mark)=\(folder)".utf8)
        return Files.list("/proc").compactMap { Int32($0) }.filter { pid in
            guard let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ")
            else { return false }
            return environment.split(separator: 0).contains { $0.elementsEqual(entry) }
        }
    }

    /// Kills all that carry the mark and waits until they are gone. With the first process of
    /// a PID namespace the kernel kills the others, those in containers included.
    static func endAll(lab folder: String) async throws {
        _ = try await waiting(for: "the end of the lab's processes", atMost: .seconds(20)) {
            let left = marked(lab: folder)
            for pid in left { kill(pid, SIGKILL) }
            return left.isEmpty ? true : nil
        }
    }
}
