internal import Basics
internal import Glibc

/// Reads the small files that a kubeconfig is or names, keys among them, leaving no copies.
enum CredentialFile {
    /// No kubeconfig, certificate bundle or token comes near.
    static let limit = 4 << 20

    enum Problem: Error {
        /// The reason, in the system's words.
        case unreadable(String)
        case notAFile
        case tooLong

        var words: String {
            switch self {
            case .unreadable(let reason): reason
            case .notAFile: "it is not a file"
            case .tooLong: "it is longer than \(CredentialFile.limit >> 20) MiB"
            }
        }
    }

    static func read(_ path: String) throws(Problem) -> SecretBytes {
        // Without O_NONBLOCK, opening a named pipe would wait for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(systemReason()) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(systemReason()) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
        guard status.st_size <= limit else { throw .tooLong }
        return try contents(descriptor, size: Int(status.st_size))
    }

    private static func contents(_ descriptor: Int32, size: Int) throws(Problem) -> SecretBytes {
        var filled = 0
        var failure: Problem?
        let bytes = SecretBytes(count: size) { target in
            while filled < size {
                let start = target.baseAddress?.advanced(by: filled)
                let count = Glibc.read(descriptor, start, size - filled)
                if count < 0, errno == EINTR { continue }
                if count < 0 { failure = .unreadable(systemReason()) }
                guard count > 0 else { return }
                filled += count
            }
        }
        if let failure { throw failure }
        return filled == size
            ? bytes : bytes.withUnsafeBytes { SecretBytes(copying: $0.prefix(filled)) }
    }

    private static func systemReason() -> String {
        let number = errno
        return strerror(number).map { String(cString: $0) } ?? "error \(number)"
    }
}
