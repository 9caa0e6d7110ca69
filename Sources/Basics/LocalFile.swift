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
        return filled == size ? bytes : bytes.prefix(filled)
    }
}
