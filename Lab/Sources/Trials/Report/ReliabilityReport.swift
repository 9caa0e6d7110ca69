internal import Foundation

/// The page docs/reliability.md, made of the results.
package struct ReliabilityReport: Sendable {
    private let results: [TrialResult.Kind: [TrialResult]]

    /// - Parameter folder: of the results.
    package init(results folder: String) throws {
        var results: [TrialResult.Kind: [TrialResult]] = [:]
        for kind in TrialResult.Kind.allCases {
            results[kind] = try ResultLog(folder: folder, kind: kind).results()
        }
        self.results = results
    }

    package func write(to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    var text: String {
        let sections = TrialResult.Kind.allCases.compactMap { kind -> String? in
            guard let results = results[kind], !results.isEmpty else { return nil }
            return switch kind {
            case .kills: KillsSection(results).text.trimmingCharacters(in: .newlines)
            case .faults:
                TrialsSection(
                    results, title: "Faults", columns: ["workflow", "fault", "when"]
                ).text
            case .load:
                TrialsSection(
                    results, title: "Clients under load", columns: ["workflow", "load", "when"]
                ).text
            case .changes:
                TrialsSection(
                    results, title: "From any encryption to any other",
                    columns: ["command", "from", "to"]
                ).text
            case .restores:
                TrialsSection(
                    results, title: "Restored snapshots",
                    columns: ["command", "snapshot taken", "restored"]
                ).text
            case .restoreKills:
                TrialsSection(
                    results, title: "Killed restores",
                    columns: ["command", "killed at", "which passing, and then"]
                ).text
            }
        }
        return ([Self.introduction] + sections).joined(separator: "\n\n") + "\n"
    }

    private static let introduction = """
        # Reliability

        What was done to runs of `orchestrator` on [labs](../Lab/README.md) of three nodes, and \
        how they ended. This page is written by `scripts/reliability`, which makes every trial \
        anew; nothing on it is written by hand. *Ended well* means that everything was checked \
        from outside afterwards, with readers that share no code with the product: etcd's own \
        contents, every Secret through every API server, what is on the nodes, and the state file.
        """
}
