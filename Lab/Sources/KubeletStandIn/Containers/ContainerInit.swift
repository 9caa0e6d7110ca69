internal import CLabLinux
internal import Glibc

/// The first process of a container, until it becomes the program: gives itself the file system
/// that the container is to see.
public enum ContainerInit {
    /// By this name the program is a container's first process.
    public static let program = "container-init"

    /// It stands beside whatever this process runs.
    static var path: String { OwnProgram.folder + "/" + program }

    /// - Parameter path: of the container's description.
    public static func run(_ path: String) -> Never {
        do { try become(try ContainerSpec(readFrom: path)) } catch {
            let line = Array("\(program): \(error)\n".utf8)
            _ = System.writeAll(line, to: 2)
            exit(128)
        }
    }

    private static func become(_ spec: ContainerSpec) throws(SystemError) -> Never {
        try check(lab_die_with_parent(), "prctl")
        try check(lab_make_mounts_private(), "making mounts private")
        let root = spec.folder + "/rootfs"
        try check(
            lab_mount(
                "overlay", root,
                "lowerdir=\(spec.image),upperdir=\(spec.folder)/upper,workdir=\(spec.folder)/work"),
            "mounting \(spec.image)")
        try mountSystemFiles(root)
        for bind in spec.binds { try mount(bind, in: root) }
        try enter(root)
        _ = chdir(spec.workingDirectory)
        throw execute(spec)
    }

    private static func check(_ result: Int32, _ what: String) throws(SystemError) {
        guard result == 0 else { throw SystemError(calling: what) }
    }

    /// What every container runtime provides.
    private static func mountSystemFiles(_ root: String) throws(SystemError) {
        for folder in ["proc", "sys", "dev"] { try System.makeFolder("\(root)/\(folder)") }
        try check(lab_mount("proc", root + "/proc", ""), "mounting /proc")
        try check(lab_mount("tmpfs", root + "/dev", "mode=755"), "mounting /dev")
        for device in ["null", "zero", "full", "random", "urandom"] {
            try mount(
                .init(source: "/dev/\(device)", target: "/dev/\(device)", isReadOnly: false),
                in: root)
        }
        try mount(.init(source: "/sys", target: "/sys", isReadOnly: true), in: root)
        // The network is the node's, so its names are, too.
        for file in ["/etc/hosts", "/etc/resolv.conf"] where System.kind(file) == .file {
            try mount(.init(source: file, target: file, isReadOnly: true), in: root)
        }
    }

    /// A file is mounted as the file that it is now, whatever takes its name later.
    private static func mount(_ bind: ContainerSpec.Bind, in root: String) throws(SystemError) {
        let target = root + bind.target
        if System.kind(bind.source) == .directory {
            try System.makeFolder(target)
        } else {
            try System.makeFolder(parent(of: target))
            try System.touch(target)
        }
        try check(lab_bind(bind.source, target), "mounting \(bind.source) at \(bind.target)")
        if bind.isReadOnly {
            try check(lab_make_read_only(target), "making \(bind.target) read-only")
        }
    }

    private static func parent(of path: String) -> String {
        "/" + path.split(separator: "/").dropLast().joined(separator: "/")
    }

    private static func enter(_ root: String) throws(SystemError) {
        try System.makeFolder(root + "/.former")
        try check(lab_pivot_root(root, root + "/.former"), "pivot_root")
        try check(chdir("/"), "chdir")
        try check(lab_detach("/.former"), "detaching the node's files")
        rmdir("/.former")
    }

    /// Returns only where it has failed.
    private static func execute(_ spec: ContainerSpec) -> SystemError {
        let name = spec.command.first ?? ""
        let path = spec.environment.last { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? ""
        let candidates =
            name.contains("/") ? [name] : path.split(separator: ":").map { "\($0)/\(name)" }
        guard let program = candidates.first(where: { access($0, X_OK) == 0 }) else {
            return SystemError(
                description: "exec: \"\(name)\": executable file not found in $PATH")
        }
        var words = spec.command.map { strdup($0) } + [nil]
        var variables = spec.environment.map { strdup($0) } + [nil]
        execve(program, &words, &variables)
        return SystemError(calling: "exec \(program)")
    }
}

/// The file of the running program.
public enum OwnProgram {
    public static var folder: String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { readlink("/proc/self/exe", $0, text.count) } ?? -1
            }
        }
        let path = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        return "/" + path.split(separator: "/").dropLast().joined(separator: "/")
    }
}
