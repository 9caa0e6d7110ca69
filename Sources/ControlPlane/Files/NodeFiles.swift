public import Basics

/// Who may do what with a file, as `chmod` and `chown` have it.
public struct FilePermissions: Sendable, Hashable {
    /// The twelve bits of `chmod`.
    public let mode: UInt32
    /// Numeric user and group.
    public let user: UInt32
    public let group: UInt32

    public init(mode: UInt32, user: UInt32, group: UInt32) {
        self.mode = mode
        self.user = user
        self.group = group
    }

    /// For root alone: 0600, owner and group 0.
    public static let rootOnly = FilePermissions(mode: 0o600, user: 0, group: 0)
}

/// A file as it is on a node.
public struct NodeFile: Sendable, Hashable {
    public let contents: SecretBytes
    public let permissions: FilePermissions
    /// When it last changed by the node's clock, never earlier than in fact: where the node tells
    /// seconds only, the last nanosecond of that second.
    public let modified: Timestamp

    public init(contents: SecretBytes, permissions: FilePermissions, modified: Timestamp) {
        self.contents = contents
        self.permissions = permissions
        self.modified = modified
    }
}

/// The files of one node, read and written with root's rights whatever the SSH user may do.
///
/// Paths are absolute paths of the host. Contents travel on the connection and are never part of a
/// command line, an environment, a label or a log.
public protocol NodeFiles: Sendable {
    /// Reads a regular file; follows symbolic links.
    ///
    /// - Parameter limit: the greatest size accepted, in bytes.
    /// - Returns: nil when there is no such file, which is known and not guessed: a folder that
    ///   can't be read is a `Fault`.
    func read(_ path: String, limit: Int) async throws -> NodeFile?

    /// Writes a whole file so that at any moment, a power cut included, either the former or the
    /// new contents are there.
    ///
    /// A temporary file of the same folder is created 0600 before any byte is in it, written,
    /// flushed to disk and renamed; the folder is flushed; then the file is read back and compared.
    /// Temporary files that an interrupted run left beside it are removed first.
    ///
    /// - Throws: `Fault(.refused)`, with nothing touched, where the path is a symbolic link or no
    ///   regular file: a rename would replace the link and leave what it points to as it was.
    func write(
        _ path: String, contents: SecretBytes, permissions: FilePermissions
    ) async throws

    /// Removes a file, and temporary files beside it, and flushes the folder. No file is no error.
    func remove(_ path: String) async throws

    /// Removes temporary files beside a file and leaves the file as it is. A write that was given
    /// up waiting for, and lives on at the node, can't put anything in its place then.
    func removeTemporaries(of path: String) async throws
}

extension NodeFiles {
    /// Reads a file of at most 1 MiB; a provider config has a few KiB.
    public func read(_ path: String) async throws -> NodeFile? {
        try await read(path, limit: 1 << 20)
    }

    /// What every implementation does after it has written.
    func confirm(_ path: String, contents: SecretBytes) async throws {
        guard let written = try await read(path, limit: contents.count + 1),
            written.contents == contents
        else {
            throw Fault(
                .discrepancy, "\(path) was written, but reading it gives something else",
                hint: "Something else on the node writes this file. Find it and stop it.")
        }
    }
}

/// A path taken apart, with the name that a temporary file beside it has.
struct FilePlace: Sendable, Hashable {
    let folder: String
    let name: String

    /// The folder of a file that is only read, whose path may be as somebody else writes it.
    ///
    /// - Throws: `Fault(.badInput)` where it isn't an absolute path.
    static func folder(ofReadable path: String) throws -> String {
        guard path.hasPrefix("/"), path.utf8.count <= 4095, !path.utf8.contains(0),
            let slash = path.lastIndex(of: "/")
        else {
            throw Fault(.badInput, "\(path.debugDescription) isn't an absolute path")
        }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// - Throws: `Fault(.badInput)` where it isn't an absolute, plain path to a file.
    init(_ path: String) throws {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard path.hasPrefix("/"), let name = parts.last, !name.isEmpty, parts.count > 2,
            parts.dropFirst().allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }),
            name.utf8.count <= 60, path.utf8.count <= 1024
        else {
            throw Fault(
                .badInput, "\(path.debugDescription) isn't a plain absolute path to a file",
                hint: "Use a path such as /etc/kubernetes/ssl/encryption.yaml.")
        }
        self.name = String(name)
        folder = String(path.dropLast(name.count + 1))
    }

    /// How the names of temporary files begin; hidden, and of no suffix that a program looks for.
    var temporaryPrefix: String { ".\(name).orchestrator-" }
}
