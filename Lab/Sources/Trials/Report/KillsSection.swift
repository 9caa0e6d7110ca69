/// The kills, a line for each point: there are too many for a line each.
struct KillsSection {
    private let results: [TrialResult]

    init(_ results: [TrialResult]) { self.results = results }

    var text: String {
        let pairs = Set(results.map { "\($0.identity.workflow) \($0.identity.name)" })
        let failed = results.filter { !$0.endedWell }
        return """
            ## Kills

            The program is killed with SIGKILL at a failpoint (`Sources/Basics/Failpoint.swift`), \
            at its nth passing or some milliseconds later, in the midst of what follows; then the \
            same command is run again. Right after the kill every Secret is readable with its \
            value unchanged through every API server that serves, at most one doesn't, and no node \
            has a key that the state file lacks. After the second run everything is as after a run \
            that wasn't killed: provider configs, containers with all their settings, files on the \
            nodes and beside cluster.yml; all Secrets are stored under the one key of the journal \
            (or in plaintext), by the lab's own reading of etcd; no key was generated twice or \
            lost.

            \(results.count) kills, \(pairs.count) pairs of a workflow and a point, \
            \(Set(results.map(\.identity.name)).count) points; \(results.count - failed.count) \
            ended well, \(failed.count) didn't. They are a sample of all passings, drawn by lot. \
            Tried on: \(names(\.server)).

            \(points.text)
            \(failed.isEmpty ? "" : "\n\(failures(failed).text)\n")
            """
    }

    private func names(_ name: KeyPath<TrialResult.Identity, String>) -> String {
        Set(results.map { $0.identity[keyPath: name] }).sorted().joined(separator: "; ")
    }

    /// How many kills there were and ended well, by point and workflow.
    private var points: MarkdownTable {
        let workflows = TrialWorkflow.allCases.map(\.rawValue)
        var table = MarkdownTable(head: ["point"] + workflows)
        for name in Set(results.map(\.identity.name)).sorted() {
            table.rows.append(
                ["`\(name)`"]
                    + workflows.map { workflow in
                        count(
                            results.filter {
                                $0.identity.name == name && $0.identity.workflow == workflow
                            })
                    })
        }
        return table
    }

    private func count(_ results: [TrialResult]) -> String {
        guard !results.isEmpty else { return "" }
        let well = results.filter(\.endedWell).count
        return well == results.count ? "\(well) well" : "\(well) of \(results.count) well"
    }

    private func failures(_ failed: [TrialResult]) -> MarkdownTable {
        var table = MarkdownTable(head: ["workflow", "point", "when", "what was wrong"])
        table.rows = failed.map { result in
            let identity = result.identity
            return [
                identity.workflow, "`\(identity.name)`", identity.timing,
                result.problems.joined(separator: "; "),
            ]
        }
        return table
    }
}
