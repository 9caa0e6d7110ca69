internal import Basics
internal import Foundation

/// Small files of this machine that the user named: cluster.yml, kubeconfig, private keys.
enum LocalFiles {
    /// - Parameter what: what the file is to us, for the fault (`ssh_key_path of node a`).
    /// - Throws: `Fault`: `.badInput` when it is missing, too large or no file, `.denied`.
    static func read(_ path: String, what: String, limit: Int = 16 << 20) throws -> SecretBytes {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(path, what: what, number: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw failure(path, what: what, number: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Fault(.badInput, "\(what) is no regular file", place: Fault.Place(file: path))
        }
        guard status.st_size <= limit else {
            throw Fault(
                .badInput, "\(what) has \(status.st_size) bytes; more than \(limit) can't be right",
                place: Fault.Place(file: path))
        }
        return try contents(of: descriptor, size: Int(status.st_size)) {
            failure(path, what: what, number: errno)
        }
    }

    private static func contents(
        of descriptor: Int32, size: Int, failure: () -> Fault
    ) throws -> SecretBytes {
        var filled = 0
        let bytes = try SecretBytes(count: size) { buffer in
            while filled < size {
                let count = pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled), size - filled,
                    off_t(filled))
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else { throw failure() }
                guard count > 0 else { break }
                filled += count
            }
        }
        guard filled < size else { return bytes }
        return bytes.withUnsafeBytes { SecretBytes(copying: $0.prefix(filled)) }
    }

    private static func failure(_ path: String, what: String, number: Int32) -> Fault {
        Fault(
            number == ENOENT ? .badInput : .denied,
            "\(what) can't be read: \(String(cString: strerror(number)))",
            hint: "Nothing was touched.", place: Fault.Place(file: path))
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
