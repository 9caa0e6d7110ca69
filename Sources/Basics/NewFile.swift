internal import Glibc

/// A file of the operator's machine that is being made, readable by its owner only. Its calls block.
public final class NewFile: Sendable {
    public let path: String
    private let descriptor: Int32

    /// - Throws: `Fault` where there is one of that name already, or none can be made.
    public init(path: String) throws(Fault) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        self.path = path
        guard descriptor >= 0 else { throw SystemCall.fault("can't make \(path)") }
    }

    /// A file that nobody finds by a name, and that is gone when the last reference goes or the
    /// program ends.
    ///
    /// - Parameter path: is taken for a moment.
    public convenience init(unnamedLike path: String) throws(Fault) {
        try self.init(path: path)
        guard unlink(path) == 0 else { throw SystemCall.fault("can't remove \(path)") }
    }

    /// The same file, to be read, whether it has a name or not. It doesn't need this one to stay.
    public func reopened() throws(Fault) -> SeekableFile {
        try SeekableFile(path: "/proc/self/fd/\(descriptor)")
    }

    deinit { close(descriptor) }

    /// Adds to its end.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
        var written = 0
        while written < bytes.count {
            let place = bytes.baseAddress?.advanced(by: written)
            let count = Glibc.write(descriptor, place, bytes.count - written)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw SystemCall.fault(
                    "can't write \(path)",
                    hint: errno == ENOSPC ? "Make room, or point TMPDIR somewhere else." : nil)
            }
            written += count
        }
    }

    /// Returns when all of it is on the disk for good.
    public func flush() throws(Fault) {
        guard fsync(descriptor) == 0 else { throw SystemCall.fault("can't write \(path)") }
    }
}
