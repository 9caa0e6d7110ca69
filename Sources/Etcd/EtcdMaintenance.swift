public import Basics
public import HTTP

/// What changes an etcd server's storage, or copies all of it: etcd's maintenance API (3.4 and
/// later), through the same JSON gateway as everything else.
public struct EtcdMaintenance: Sendable {
    private let gateway: EtcdGateway

    /// - Parameters:
    ///   - exchanger: speaks to one etcd server, and waits for a quiet one as long as it takes to
    ///     rewrite a database. Nobody else may use it meanwhile: a snapshot is written to disk on
    ///     its thread.
    ///   - baseURL: `https://host:port` of its client address.
    public init(exchanger: any HTTPExchanger, baseURL: String) {
        gateway = EtcdGateway(exchanger: exchanger, baseURL: baseURL)
    }

    /// Copies the member's whole database, with the SHA-256 that etcd appends to it.
    ///
    /// Whether it is whole isn't known before `SnapshotReader` has read the file.
    ///
    /// - Parameter progress: is told the part that has come, from 0 to 1.
    public func snapshot(
        into file: NewFile, progress: @escaping @Sendable (Double) -> Void
    ) async throws {
        try await gateway.snapshot(into: file, progress: progress)
        try file.flush()
    }

    /// Forgets what was before the revision, on all members; returns when it is done on this one.
    ///
    /// - Returns: false where that was done already.
    @discardableResult
    public func compact(to revision: Int64) async throws -> Bool {
        struct Answer: Decodable {}
        do {
            _ = try await gateway.call(
                "/v3/kv/compaction", #"{"revision":"\#(revision)","physical":true}"#,
                as: Answer.self)
            return true
        } catch let fault as Fault where (fault.cause as? EtcdRefusal)?.isAboutRevision == true {
            guard fault.message.contains("compacted") else { throw fault }
            return false
        }
    }

    /// Writes the member's database anew, without what is free in it. The member serves nobody
    /// meanwhile: some seconds for each gigabyte.
    public func defragment() async throws {
        struct Answer: Decodable {}
        _ = try await gateway.call("/v3/maintenance/defragment", as: Answer.self)
    }
}
