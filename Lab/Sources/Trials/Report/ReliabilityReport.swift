internal import Foundation

/// The page of docs/reliability.md, made of the results.
package struct ReliabilityReport {
    private let results: [TrialResult]

    /// - Parameter folder: of the results.
    package init(results folder: String) throws {
        results = try TrialResult.Kind.allCases.flatMap {
            try ResultLog(folder: folder, kind: $0).results()
        }
    }

    package func write(to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    var text: String {
        let sections = TrialResult.Kind.allCases.compactMap { kind in
            section(of: results.filter { $0.identity.kind == kind }, kind)
        }
        return (["# Reliability"] + sections).joined(separator: "\n\n") + "\n"
    }

    private func section(of results: [TrialResult], _ kind: TrialResult.Kind) -> String? {
        guard !results.isEmpty else { return nil }
        let head = "| workflow | \(kind.rawValue) | when | what happened | ended | s |"
        let rows = results.map { result in
            let identity = result.identity
            let end = result.endedWell ? "well" : result.problems.joined(separator: "; ")
            return "| \(identity.workflow) | \(identity.name) | \(identity.timing) "
                + "| \(result.happened) | \(end) | \(Int(result.seconds.rounded())) |"
        }
        return
            ([
                "## \(kind.rawValue.capitalized)", "", head,
                "| --- | --- | --- | --- | --- | ---: |",
            ]
            + rows).joined(separator: "\n")
    }
}
