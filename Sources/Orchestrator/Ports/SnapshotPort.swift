public import Basics

/// A file among the snapshots of a node.
public struct SnapshotFile: Sendable, Hashable {
    public let name: String
    /// In bytes.
    public let size: Int
    public let modified: Timestamp

    public init(name: String, size: Int, modified: Timestamp) {
        self.name = name
        self.size = size
        self.modified = modified
    }
}

/// What was asked of one node, and what it said.
public struct NodeAnswer<Answer: Sendable>: Sendable {
    public let node: String
    public let result: Result<Answer, Fault>

    public init(node: String, result: Result<Answer, Fault>) {
        self.node = node
        self.result = result
    }
}

/// Snapshots of etcd: taken from the cluster, kept on its etcd nodes.
public protocol SnapshotPort: Sendable {
    /// Names and addresses of the nodes with the role etcd, in the order of cluster.yml.
    var nodes: [(name: String, address: String)] { get }

    /// kube-apiserver's `--etcd-prefix`.
    func etcdPrefix() async throws -> String

    /// Copies the database of whichever member answers.
    ///
    /// - Parameters:
    ///   - file: makes an empty file for each try.
    ///   - progress: is told the part that has come, from 0 to 1.
    func take(
        into file: @Sendable () throws -> NewFile, progress: @escaping @Sendable (Double) -> Void
    ) async throws -> NewFile

    /// Everything in the folders that can be a snapshot or belong to one, side by side.
    func list() async -> [NodeAnswer<[SnapshotFile]>]

    /// SHA-256 of the file on every node, in hexadecimal; nil where a node hasn't got it.
    func hashes(of file: String) async -> [NodeAnswer<String?>]

    /// Puts a file on one node, whole and seen to be so, or throws.
    func put(
        _ local: SeekableFile, as file: String, hash: String, on node: String,
        progress: @escaping @Sendable (Double) -> Void
    ) async throws

    /// Copies a file of one node to this machine.
    func get(
        _ file: String, from node: String, into local: NewFile,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws

    /// None is no error.
    func remove(_ file: String, from node: String) async throws
}
