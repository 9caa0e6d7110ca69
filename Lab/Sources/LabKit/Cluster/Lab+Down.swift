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

    /// Tells the last lines of what the nodes logged: where the reason of a failed `up` is.
    static func tellLogs(folder: String, _ progress: (String) -> Void) async {
        for number in Files.list(folder + "/nodes").sorted() {
            let node = "\(folder)/nodes/\(number)"
            let pid = (try? Files.read(node + "/init.pid").filter(\.isNumber)) ?? "none"
            let socket = "unix:///proc/\(pid)/root/run/docker.sock"
            var told = [("start", (try? Files.read(node + "/init.log")) ?? "")]
            let logs = StaticPodLogs(root: "/proc/\(pid)/root")
            told.append(("kubelet", logs.kubelet))
            for component in Component.allCases {
                let name = component.rawValue
                told.append((name, logs.newest(of: component)))
                let said = try? await Command(
                    "docker", ["logs", "--tail", "12", name], environment: ["DOCKER_HOST": socket]
                ).result()
                told.append((name, (said?.text ?? "") + (said?.errorOutput ?? "")))
            }
            for (name, text) in told {
                for line in text.split(separator: "\n").suffix(12) {
                    progress("node\(number) \(name): \(line.prefix(300))")
                }
            }
        }
    }
}
