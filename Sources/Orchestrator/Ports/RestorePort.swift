/// A member of etcd as its node runs it.
public struct RestoreMember: Sendable, Hashable {
    public let node: String
    /// Its name in etcd.
    public let name: String
    /// As etcd's argument has them, with commas between.
    public let peerURLs: String
    /// Names of the members that it was started with.
    public let members: Set<String>
    /// Bytes where its data lies.
    public let freeSpace: Int

    public init(
        node: String, name: String, peerURLs: String, members: Set<String>, freeSpace: Int
    ) {
        self.node = node
        self.name = name
        self.peerURLs = peerURLs
        self.members = members
        self.freeSpace = freeSpace
    }
}

/// What a restore does to the nodes. Everything here can be repeated.
public protocol RestorePort: Sendable {
    var etcdNodes: [String] { get }
    var controlPlaneNodes: [String] { get }

    /// How each etcd node runs its member.
    func members() async throws -> [RestoreMember]

    /// The version that members run, such as `3.5.9`; nil where none answers.
    func etcdVersion() async -> String?

    /// Restores a snapshot of the node's folder beside the member's data.
    ///
    /// - Parameters:
    ///   - id: of the restore.
    ///   - cluster: all members, as `--initial-cluster` has them.
    func prepare(_ snapshot: String, id: String, cluster: String, on node: String) async throws

    func stopAPIServer(on node: String) async throws
    func stopEtcd(on node: String) async throws
    func startEtcd(on node: String) async throws

    /// Puts what was restored in force; etcd must be stopped.
    func swap(id: String, on node: String) async throws
    /// Puts the former data back; etcd must be stopped, unless nothing was put in force.
    func putBack(id: String, on node: String) async throws
    /// Removes the former data.
    func discardFormer(id: String, on node: String) async throws

    /// Returns when all members serve and have a leader.
    func waitUntilHealthy() async throws
}
