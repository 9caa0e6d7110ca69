internal import EncryptionModel

/// RKE's copy of its state file in the cluster, the Secret `kube-system/full-cluster-state`. RKE
/// takes it for the truth where its file was lost, so a stale one is how keys get lost.
///
/// Of ours only the provider configs are in it. The journal isn't: it holds the retired keys,
/// which would be stored in the very cluster whose snapshots they open.
public protocol StateCopyPort: Sendable {
    /// - Returns: nil where the cluster has no copy; none is ever made.
    /// - Throws: `Fault`, also where its provider configs can't be understood.
    func read() async throws -> (any StateCopy)?
}

/// The copy as it was read once.
public protocol StateCopy: Sendable {
    /// What its members say.
    var configs: StateConfigs { get }

    /// Writes these provider configs into it and leaves everything else as it is, to the byte.
    ///
    /// - Throws: `Fault`, `.conflict` where somebody wrote it since it was read.
    func replace(with configs: StateConfigs) async throws
}

extension StateCopy {
    /// Every key that it has, each once.
    var keys: [LocalKey] {
        [configs.desired, configs.current].compactMap(\.self).flatMap(\.keys)
            .reduce(into: []) { keys, key in
                if !keys.contains(key) { keys.append(key) }
            }
    }
}
