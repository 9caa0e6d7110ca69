internal import Basics
internal import Foundation

/// The cgroups of the lab's containers: the one thing that doesn't go with the namespaces.
enum ControlGroups {
    /// Removes the lab's branch from every hierarchy. Its processes must be gone.
    static func remove(labIndex: Int) async throws {
        for hierarchy in hierarchies() {
            let branch = "\(hierarchy)/olab\(labIndex)"
            _ = try await waiting(for: "removing \(branch)", atMost: .seconds(10)) {
                try removeBranch(branch)
                return true
            }
        }
    }

    /// Version 1 has a folder for each controller (some names are links to others), version 2
    /// is itself the root.
    private static func hierarchies() -> [String] {
        let root = "/sys/fs/cgroup"
        return [root] + Files.list(root).map { "\(root)/\($0)" }
    }

    private static func removeBranch(_ path: String) throws {
        guard Files.exists(path) else { return }
        for name in Files.list(path) {
            var isFolder: ObjCBool = false
            let child = "\(path)/\(name)"
            if FileManager.default.fileExists(atPath: child, isDirectory: &isFolder),
                isFolder.boolValue
            {
                try removeBranch(child)
            }
        }
        guard rmdir(path) == 0 || errno == ENOENT else {
            throw Fault(.failed, "cannot remove \(path): \(String(cString: strerror(errno)))")
        }
    }
}
