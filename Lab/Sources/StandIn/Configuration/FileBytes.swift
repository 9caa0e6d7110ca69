internal import Glibc

/// A file can't be read; the words are Go's.
struct FileError: Error, CustomStringConvertible {
    let description: String
}

/// Everything in a file; at most 16 MiB, so that a wrong path can't fill the memory.
func fileBytes(_ path: String) throws(FileError) -> [UInt8] {
    func failure(_ call: String) -> FileError {
        FileError(description: "\(call) \(path): \(String(cString: strerror(errno)).lowercased())")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while bytes.count < 16 << 20 {
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw failure("read") }
        if count == 0 { return bytes }
        bytes.append(contentsOf: buffer.prefix(count))
    }
    throw FileError(description: "read \(path): file too large")
}

/// What tells one content of a file from another without reading it; nil when there is no file.
struct FileStamp: Equatable, Sendable {
    private let inode: UInt
    private let size: Int
    private let seconds: Int
    private let nanoseconds: Int

    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}
