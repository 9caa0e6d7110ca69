internal import Basics
public import EncryptionModel

/// The next thing to do. Each is done whole or not at all as far as the journal is concerned;
/// afterwards everything is observed and decided anew.
public enum Action: Sendable, Hashable {
    /// Read from etcd what is stored, before anything is begun.
    case inspectStored([ResourcePattern])
    /// Record the operation, and the key it brings, in the journal.
    case begin(OperationKind, from: ProviderConfig?, to: Target)
    /// Record that the operation under way is given up, in favour of the way back.
    case turnBack(Reversal)
    /// Record that the rollout of the stage begins.
    case beginStage(Stage)
    /// Bring one node to the stage and see that it is there.
    case rollOut(node: String, Stage)
    /// Push the stage's provider config to these nodes side by side, and wait until their servers,
    /// which go on serving, have loaded it by themselves. The stage has one.
    case reload(nodes: [String], Stage)
    /// Record from which resourceVersion on objects are known to be under the new writer.
    case takeWatermarks([ResourcePattern])
    case rewrite(GroupResource, above: ResourceVersion)
    /// Read from etcd what is stored after the rewrite, and record it.
    case gatherEvidence([ResourcePattern])
    /// Record that what was rewritten and proven no longer counts, since a server may have written
    /// otherwise meanwhile: back to the write stage.
    case proveAnew
    /// Record the end: retired keys, history.
    case finish
}

public enum Target: Sendable, Hashable {
    /// No argument and no file.
    case nothing
    case draft(ConfigDraft)
    /// This config, whose keys all exist.
    case exactly(ProviderConfig)

    /// What it names; nothing of what it leaves out.
    public var patterns: [ResourcePattern] {
        switch self {
        case .nothing: []
        case .draft(let draft): draft.rules.flatMap(\.resources)
        case .exactly(let config): config.patterns
        }
    }

    /// As a config, with a stand-in for each key that is still to be made.
    var outline: ProviderConfig? {
        switch self {
        case .nothing: nil
        case .draft(let draft):
            draft.filled(
                with: draft.providers.enumerated().map { number, provider in
                    LocalKey(
                        provider: provider, name: "\(number)",
                        secret: SecretBytes(copying: [UInt8]()))
                })
        case .exactly(let config): config
        }
    }
}

public enum Decision: Sendable, Hashable {
    case act(Action)
    /// The cluster is as it should be.
    case done
    case refuse(Refusal)
}

/// Why nothing may be done.
public enum Refusal: Sendable, Hashable {
    case noControlPlane
    /// Nodes whose API server isn't ready, while another would have to be restarted.
    case notReady(nodes: [String])
    /// The nodes don't run with one and the same provider config.
    case nodesDisagree([NodeObservation])
    /// What the server on the node runs with can't be told; says why.
    case unclear(node: String, reason: String)
    /// The node's provider config was changed after its server was started.
    case notLoaded(node: String)
    /// A node has a key in its provider config that neither end of the operation knows.
    case foreignConfig(node: String, keys: [LocalKey])
    /// The node deviates from what is recorded, by keys that the state file doesn't have.
    case unknownKeys(node: String, keys: [LocalKey])
    /// Encrypted values are stored that no provider of the deployed config reads.
    case unreadable([GroupResource: [StoredForm: Int]])
    /// `rotate-key` or `rewrite` while something else is unfinished.
    case unfinished(Operation)
    /// `abort` of a repair, from which there is no way back.
    case onlyForward(Operation)
    /// `rotate-key` on a cluster whose config has no local key that writes.
    case nothingToRotate(deployed: ProviderConfig?)
    /// `rotate-key` while cluster.yml wants no encryption.
    case rotationNotConfigured
    /// `rewrite` on a cluster without encryption.
    case nothingToRewrite
    /// The wanted config has keys whose names other keys of the provider have or had: what is
    /// stored under the ones couldn't be told from what is stored under the others.
    case nameUsedBefore([LocalKey])
    /// The wanted config has KMS plugins whose names those in use have, of another version.
    case pluginNameTaken([KMSPlugin])
    /// On the way there the plugin would have to stand in several entries, for resources that come
    /// from different providers; kube-apiserver wants it in one.
    case pluginTorn(KMSPlugin, patterns: [ResourcePattern])
    /// A snapshot is being restored.
    case restoring(Restore)
    /// The rewrite is over, and something is still stored otherwise than it should be.
    case notProven([GroupResource: [StoredForm: Int]])
}
