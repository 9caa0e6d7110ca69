/// What the command is for.
public enum Goal: Sendable, Hashable {
    /// Make the cluster what is wanted.
    case converge(Wanted)
    /// A new key for everything that is under a local one.
    case rotateKey(configured: Wanted)
    /// Store everything anew, under the provider config as it is.
    case rewrite
    /// Finish what a restore has begun, under way as an operation.
    case restore
    /// Give the unfinished operation up, in the safe direction.
    case abort

    /// Whether the user's own config is to be rolled out.
    public var isCustom: Bool {
        if case .converge(.custom) = self { true } else { false }
    }

    /// The one operation whose end is the goal's; nil where the goal is a state.
    public var operation: OperationKind? {
        switch self {
        case .rotateKey: .rotateKey
        case .rewrite: .rewrite
        case .restore: .restore
        case .converge, .abort: nil
        }
    }
}
