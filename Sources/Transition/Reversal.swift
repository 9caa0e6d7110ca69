public import EncryptionModel

/// The way back from an operation that is given up.
///
/// The stages from B back to A are those from A to B in the opposite order, so whatever a server
/// runs with now is a stage of the way back, too. Where no server was ever told to write B's form,
/// there is nothing to rewrite: what only B has is taken away, after the evidence that nothing is
/// stored under it. Else the way back is a transition of its own, with its rewrite.
public struct Reversal: Sendable, Hashable {
    public let from: ProviderConfig?
    public let to: ProviderConfig?
    /// Where on the way back the servers are already; nil where only the last step is left.
    public let stage: StageName?

    /// What the servers have (or are being brought to) when the way back begins.
    public var deployed: ProviderConfig? {
        stage.map { StagePlan(from: from, to: to, isFull: true).stage($0).config } ?? from
    }

    /// Nil where there is no way back: a repair comes from what nobody wanted.
    init?(of operation: Operation) {
        guard operation.kind != .repair else { return nil }
        to = operation.from
        switch operation.stage {
        case nil, .read:
            from = StagePlan(operation).stage(.read).config
            stage = nil
        case .write:
            from = operation.to
            stage = .write
        case .final:
            from = operation.to
            stage = .read
        }
    }
}
