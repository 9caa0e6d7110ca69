internal import Glibc

/// A call of the system has failed.
struct SystemError: Error, CustomStringConvertible {
    let description: String
}

extension SystemError {
    /// With the reason of the last call.
    init(calling what: String) {
        self.init(description: "\(what): \(String(cString: strerror(errno)))")
    }
}

/// Files, folders and processes, without Foundation.
enum System {
    enum FileKind: Sendable, Equatable {
        case absent, file, directory, socket, characterDevice, blockDevice, other
    }

    /// Symbolic links are followed.
    static func kind(_ path: String) -> FileKind {
        var status = stat()
        guard stat(path, &status) == 0 else { return .absent }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        case S_IFSOCK: return .socket
        case S_IFCHR: return .characterDevice
        case S_IFBLK: return .blockDevice
        default: return .other
        }
    }

    /// Without symbolic links; nil where there is nothing. (An overlay's options can't hold the
    /// colon of an image's name.)
    static func resolved(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }

    /// As `mkdir -p`.
    static func makeFolder(_ path: String, mode: mode_t = 0o755) throws(SystemError) {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/" + part
            guard mkdir(made, mode) == 0 || kind(made) == .directory else {
                throw SystemError(calling: "mkdir \(made)")
            }
        }
    }

    /// Makes an empty file where there is none.
    static func touch(_ path: String) throws(SystemError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemError(calling: "open \(path)") }
        close(descriptor)
    }

    /// What the kubelet reads of a manifest at most, too.
    private static let largestFile = 10 << 20

    static func read(_ path: String) throws(SystemError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(calling: "open \(path)") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= largestFile {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError(calling: "read \(path)") }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer.prefix(count))
        }
        throw SystemError(description: "read \(path): larger than 10 MiB")
    }

    static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError(calling: "open \(path)") }
        defer { close(descriptor) }
        guard writeAll(bytes, to: descriptor) else { throw SystemError(calling: "write \(path)") }
    }

    /// - Returns: whether all was written.
    static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Names in a folder, without `.` and `..`; empty where it can't be read.
    static func list(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// As `rm -rf`, on one file system; what can't be removed stays.
    static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in list(path) { remove("\(path)/\(name)") }
        rmdir(path)
    }

    /// Starts a program with this process's environment.
    ///
    /// - Parameter output: what its standard output and error are; else this process's own.
    static func spawn(
        _ program: String, _ arguments: [String], output: (Int32, Int32)? = nil
    ) throws(SystemError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let output {
            posix_spawn_file_actions_adddup2(&actions, output.0, 1)
            posix_spawn_file_actions_adddup2(&actions, output.1, 2)
        }
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, program, &actions, nil, &words, environ)
        guard failure == 0 else {
            errno = failure
            throw SystemError(calling: "cannot start \(program)")
        }
        return pid
    }

    /// 0 to 255; 128 and the number of the signal that ended it.
    static func exitStatus(_ status: Int32) -> Int32 {
        status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + status & 0x7f
    }

    /// Since the machine was started.
    static func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// All bytes of a file of at most 10 MiB.
public func readFile(_ path: String) throws -> [UInt8] { try System.read(path) }
