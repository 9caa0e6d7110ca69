package import LabKit

/// The workflows that trials disturb, each as an administrator would run it.
package enum TrialWorkflow: String, Sendable, CaseIterable {
    case enable, rotate, disable

    /// What is run after `orchestrator`, and run again where it failed.
    package var command: [String] {
        switch self {
        case .enable, .disable: ["up"]
        case .rotate: ["encrypt", "rotate-key"]
        }
    }

    /// Whether Secrets are encrypted when it has ended.
    package var endsEncrypted: Bool { self != .disable }

    /// Has cluster.yml want what the workflow brings about.
    package func prepare(_ lab: Lab) throws { try lab.wantEncryption(endsEncrypted) }
}
