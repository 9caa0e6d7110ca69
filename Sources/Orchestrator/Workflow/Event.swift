public import EncryptionModel
public import Transition

/// What happens while a workflow runs, for a person who watches.
public enum Event: Sendable {
    case warning(String)
    /// What is being looked at, for those who want to know.
    case detail(String)
    /// An operation that an earlier run left unfinished is continued.
    case resumed(Operation)
    /// What is deployed was written to the state file, which didn't have it.
    case adopted([LocalKey])
    case began(Operation, newKeys: [LocalKey])
    /// The key will leave the API servers; these known snapshots need it still.
    case keptFor(LocalKey, [String])
    case tookSnapshot(SnapshotRecord)
    case stageBegan(StageName, number: Int, of: Int)
    case rollingOut(node: String, address: String, StageName)
    /// Pushed to these nodes side by side; each is told of by `rolledOut` as soon as its server is
    /// seen to have loaded it.
    case reloading(nodes: [String], StageName)
    case rolledOut(node: String, address: String, StageName, RolloutResult)
    /// One step of several that was done, or that begins now.
    case step(String)
    /// How far something long has come, from 0 to 1.
    case working(String, part: Double)
    case rewriting(RewriteProgress)
    case rewrote(RewriteResult)
    case readingEvidence([GroupResource])
    case evidence(EvidenceRecord)
    case finished(Operation)
}

/// Where events go. Called from any task, in order of what happens to one node.
public typealias EventHandler = @Sendable (Event) -> Void
