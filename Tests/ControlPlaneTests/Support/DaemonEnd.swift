import Foundation
import Glibc

/// Ends an Engine and all its containers at once. Told to end by itself, it takes leave of each of
/// them by half a dozen processes, which takes longer than most tests.
struct DaemonEnd {
    /// Of the Engine, whose containerd goes with it.
    let process: pid_t
    /// Which of all shims on this machine are the Engine's: its folder is in their command lines.
    let folder: String
    let containers: [String]

    func now() async {
        kill(process, SIGKILL)
        let shims = Self.processes().filter { Self.commandLine($0).contains("\(folder)/exec/") }
        // Parents after their children, so that nobody is lost sight of.
        for process in shims.flatMap(Self.family) { kill(process, SIGKILL) }
        for _ in 0..<100 where !removeGroups() { try? await Task.sleep(for: .milliseconds(20)) }
    }

    /// Of cgroups, version 1 or 2, which outlive their processes.
    private func removeGroups() -> Bool {
        let root = "/sys/fs/cgroup"
        let controllers = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let groups = ([root] + controllers.map { "\(root)/\($0)" }).map { "\($0)/docker" }
            .filter { FileManager.default.fileExists(atPath: $0) }
        return groups.flatMap { group -> [String] in containers.map { "\(group)/\($0)" } }
            .map { rmdir($0) == 0 || errno != EBUSY }.allSatisfy(\.self)
    }

    private static func processes() -> [pid_t] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [])
            .compactMap { pid_t($0) }
    }

    private static func commandLine(_ process: pid_t) -> String {
        (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? ""
    }

    /// A process with all its descendants, these first.
    private static func family(_ process: pid_t) -> [pid_t] {
        let tasks = "/proc/\(process)/task"
        let children = ((try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? [])
            .compactMap { try? String(contentsOfFile: "\(tasks)/\($0)/children", encoding: .utf8) }
            .flatMap { $0.split(separator: " ") }.compactMap { pid_t($0) }
        return children.flatMap(family) + [process]
    }
}
