internal import Foundation

/// What a lab could leave behind on its host.
package struct Leftovers: Equatable {
    /// Interfaces, cgroups, mounts and processes that are a lab's.
    package let names: Set<String>

    /// Looks at the host as it is now.
    ///
    /// - Parameter folder: of the lab whose processes and mounts are looked for; other labs may
    ///   run on the host meanwhile.
    package static func seen(folder: String, interfaces: Set<String> = []) throws -> Leftovers {
        let files = FileManager.default
        var names: Set<String> = []
        if files.fileExists(atPath: folder) { names.insert(folder) }
        for name in interfaces
        where files.fileExists(atPath: "/sys/class/net/\(name)") { names.insert(name) }
        for hierarchy in try files.contentsOfDirectory(atPath: "/sys/fs/cgroup") {
            for name in interfaces {
                let path = "/sys/fs/cgroup/\(hierarchy)/\(name)"
                if files.fileExists(atPath: path) { names.insert(path) }
            }
        }
        let mounts = try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
        names.formUnion(
            mounts.split(separator: "\n").filter { $0.contains(folder) }.map(String.init))
        for pid in try files.contentsOfDirectory(atPath: "/proc") where Int(pid) != nil {
            // A process that is over while it's looked at has left nothing.
            let environment = files.contents(atPath: "/proc/\(pid)/environ") ?? Data()
            if Int32(pid) != getpid(), environment.range(of: Data(folder.utf8)) != nil {
                names.insert("process \(pid)")
            }
        }
        return Leftovers(names: names)
    }
}
