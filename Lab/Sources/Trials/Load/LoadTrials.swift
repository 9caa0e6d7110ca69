/// Has clients create, update and read while runs go on.
package struct LoadTrials: Sendable {
    private let run: TrialRun

    package init(_ run: TrialRun) { self.run = run }

    /// Makes the chosen trials that haven't ended well yet, one after the other.
    package func make() async throws {}
}
