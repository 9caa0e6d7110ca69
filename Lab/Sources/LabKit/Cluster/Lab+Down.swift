internal import Basics
internal import Foundation

extension Lab {
    /// Takes down whatever there is of a lab in the folder, the folder included. Nothing there
    /// is no error, so that it can always be called.
    ///
    /// It goes by what the processes and the bridge themselves carry, not only by the record,
    /// so it also clears up after an `up` that was killed.
    public static func down(folder: String) async throws {
        let record = try? LabRecord.read(folder: folder)
        let networks = Network.claimed(by: folder)
        try await NodeProcesses.endAll(lab: folder)
        for network in networks {
            try await ControlGroups.remove(labIndex: network.index)
            try await network.remove()
        }
        try await Network.removeUnnamed()
        // A folder of somebody else's, named by mistake, isn't ours to remove.
        if record != nil || Files.exists(LabRecord.path(in: folder)) || !networks.isEmpty {
            try Files.remove(folder)
        }
    }

    /// Saves what the nodes logged to a folder beside the lab's, for whoever looks for the
    /// reason of a failed `up`.
    static func keepLogs(folder: String) async throws {
        let kept = folder + "-failed-logs"
        try Files.remove(kept)
        for number in Files.list(folder + "/nodes") {
            let node = "\(folder)/nodes/\(number)"
            try Files.makeFolder("\(kept)/\(number)")
            guard let pid = try? Files.read(node + "/init.pid").filter(\.isNumber) else { continue }
            let root = "/proc/\(pid)/root"
            for log in [node + "/init.log", "\(root)/var/log/dockerd.log"] where Files.exists(log) {
                try await Command("cp", [log, "\(kept)/\(number)/"]).run()
            }
            for name in ["etcd", "kube-apiserver"] {
                let said = try await Command(
                    "docker", ["logs", "--tail", "200", name],
                    environment: ["DOCKER_HOST": "unix://\(root)/run/docker.sock"]
                ).result()
                try Files.write(said.text + said.errorOutput, to: "\(kept)/\(number)/\(name).log")
            }
        }
    }
}
