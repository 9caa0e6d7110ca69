public import Basics
internal import Glibc

/// Blocking calls on files of the operator's machine. They are small, but an fsync may take
/// seconds: not for the cooperative pool.
public enum LocalFile {
    /// - Parameter limit: the greatest length that is read, in bytes.
    /// - Returns: nil where there is no such file.
    /// - Throws: `Fault` for anything that isn't a regular file, is too long or can't be read.
    public static func read(_ path: String, limit: Int) throws(Fault) -> SecretBytes? {
        // Without O_NONBLOCK, opening a named pipe would wait for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw SystemCall.fault("can't open \(path)")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemCall.fault("can't read \(path)") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Fault(.badInput, "\(path) is not a file", place: Fault.Place(file: path))
        }
        guard status.st_size <= limit else {
            throw Fault(
                .badInput, "the file is \(status.st_size) bytes long; at most \(limit) are read",
                hint: "Is it the right file?", place: Fault.Place(file: path))
        }
        return try readAll(descriptor, size: Int(status.st_size), path: path)
    }

    private static func readAll(
        _ descriptor: Int32, size: Int, path: String
    ) throws(Fault) -> SecretBytes {
        var filled = 0
        var failed = false
        let bytes = SecretBytes(count: size) { target in
            while filled < size {
                let place = target.baseAddress?.advanced(by: filled)
                let count = Glibc.read(descriptor, place, size - filled)
                if count < 0, errno == EINTR { continue }
                failed = count < 0
                guard count > 0 else { return }
                filled += count
            }
        }
        guard !failed else { throw SystemCall.fault("can't read \(path)") }
        return filled == size ? bytes : bytes.prefixed(filled)
    }

    /// Where a path leads when its last component is a symbolic link (or a chain of them), which
    /// may point to nothing yet.
    static func followingLinks(_ path: String) throws(Fault) -> String {
        var path = path
        for _ in 0..<16 {
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let length = readlink(path, &buffer, buffer.count)
            guard length >= 0 else { return path }
            let target = String(
                decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            path = target.hasPrefix("/")
                ? target : ClusterFileNames.join(ClusterFileNames.folder(of: path), target)
        }
        throw Fault(.badInput, "\(path) is a symbolic link that leads in a circle")
    }
}

/// `errno` as a fault.
enum SystemCall {
    static func fault(_ activity: String, hint: String? = nil) -> Fault {
        let number = errno
        let code: Fault.Code =
            switch number {
            case EACCES, EPERM, EROFS: .denied
            case ENOENT, ENOTDIR: .notFound
            default: .failed
            }
        let reason = strerror(number).map { String(cString: $0) } ?? "error \(number)"
        return Fault(code, "\(activity): \(reason)", hint: hint)
    }
}
