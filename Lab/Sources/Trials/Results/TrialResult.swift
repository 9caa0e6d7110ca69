package import Foundation

/// What became of one trial: something happened to one run, and this is how it ended.
package struct TrialResult: Codable, Sendable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case kills, faults, load, changes, restores
        case restoreKills = "restore-kills"
    }

    /// What tells one trial from another. The same trial made again replaces its former result.
    package struct Identity: Codable, Sendable, Hashable {
        package let kind: Kind
        /// `enable`, `rotate` or `disable`.
        package let workflow: String
        /// Of the failpoint, the fault or the load: `journal.save.renamed`.
        package let name: String
        /// When it befell the run: `2nd time`, `before node 2`, `run 7`.
        package let timing: String
        /// `stand-in`, or the version of a real kube-apiserver.
        package let server: String

        package init(kind: Kind, workflow: String, name: String, timing: String, server: String) {
            self.kind = kind
            self.workflow = workflow
            self.name = name
            self.timing = timing
            self.server = server
        }
    }

    package let identity: Identity
    /// In a few words for the table, what was seen: `killed; the second run resumed`.
    package let happened: String
    /// What wasn't as it should be, a line each; empty when the trial ended well.
    package let problems: [String]
    /// Of the whole trial, its checks included.
    package let seconds: Double
    /// What was counted or measured, by a name with its unit: `requests`, `refusedConnections`.
    package let measures: [String: Double]
    package let ended: Date

    package var endedWell: Bool { problems.isEmpty }

    package init(
        _ identity: Identity, happened: String, problems: [String], seconds: Double,
        measures: [String: Double] = [:], ended: Date = Date()
    ) {
        self.identity = identity
        self.happened = happened
        self.problems = problems
        self.seconds = seconds
        self.measures = measures
        self.ended = ended
    }
}
