internal import Glibc

/// A regular file of the operator's machine, read at any place. It is never mapped into memory: a
/// mapped file that somebody cuts short ends the program. Its calls block.
public final class SeekableFile: Sendable {
    public let path: String
    /// When it was opened, in bytes.
    public let size: Int
    private let descriptor: Int32

    /// - Throws: `Fault` for anything that can't be read or isn't a regular file.
    public init(path: String) throws(Fault) {
        // Without O_NONBLOCK, opening a named pipe would wait for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SystemCall.fault("can't open \(path)") }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let fault = SystemCall.fault("can't read \(path)")
            close(descriptor)
            throw fault
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw Fault(.badInput, "\(path) is not a file", place: Fault.Place(file: path))
        }
        self.path = path
        self.descriptor = descriptor
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Reads from the place on, in bytes from the start.
    ///
    /// - Returns: how many bytes there were; fewer than the target has room for only at the end.
    public func read(
        at offset: Int, into target: UnsafeMutableRawBufferPointer
    ) throws(Fault) -> Int {
        var filled = 0
        while filled < target.count {
            let place = target.baseAddress?.advanced(by: filled)
            let count = pread(descriptor, place, target.count - filled, off_t(offset + filled))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemCall.fault("can't read \(path)") }
            guard count > 0 else { break }
            filled += count
        }
        return filled
    }
}
