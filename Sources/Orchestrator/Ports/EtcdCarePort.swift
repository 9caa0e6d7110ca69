/// A member of etcd as it stands.
public struct EtcdMemberSight: Sendable, Hashable {
    /// Where it is reached, and on which node where others are reached at the same address, as
    /// kubeadm's are at 127.0.0.1; names it for people and for `defragment`.
    public let endpoint: String
    /// Of its database file, in bytes, free pages included.
    public let databaseSize: Int
    public let isLeader: Bool
    public let revision: Int64

    public init(endpoint: String, databaseSize: Int, isLeader: Bool, revision: Int64) {
        self.endpoint = endpoint
        self.databaseSize = databaseSize
        self.isLeader = isLeader
        self.revision = revision
    }
}

/// Taking away what etcd keeps of before.
public protocol EtcdCarePort: Sendable {
    /// Every member.
    ///
    /// - Throws: `Fault` where one can't be reached or has no leader.
    func members() async throws -> [EtcdMemberSight]

    /// Forgets, on all members, what was before the present revision.
    ///
    /// - Returns: that revision.
    func compact() async throws -> Int64

    /// Writes one member's database anew; it serves nobody meanwhile. Returns when all members
    /// serve again.
    func defragment(_ endpoint: String) async throws
}
