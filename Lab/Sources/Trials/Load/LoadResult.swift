internal import Foundation

/// What clients saw during one run of a workflow.
package struct LoadResult: Sendable {
    let trial: LoadTrial
    let outcome: ClientLoad.Outcome
    /// What was wrong with the program's run itself.
    let programProblems: [String]
    /// Names of nodes whose kube-apiserver is another process than before; where everything was
    /// reloaded there is none.
    package let restarted: [String]
    let seconds: Double

    package var counts: LoadCounts { outcome.counts }

    /// What shouldn't be, a line each; empty when all was as it should be.
    package var problems: [String] {
        let wrong = outcome.wrong.prefix(20).map {
            "\($0.kind.rawValue): \($0.second) s, \($0.server): \($0.request): \($0.said)"
        }
        return programProblems + wrong
    }

    /// How many times an API server was seen restarting.
    package var restarts: Int { outcome.restarts.filter { $0.gone != nil }.count }

    func trialResult(server: String) -> TrialResult {
        TrialResult(
            trial.identity(server: server), happened: happened, problems: problems,
            seconds: seconds, measures: measures)
    }

    private var happened: String {
        "\(counts.requests) requests, \(counts.answers) answered, "
            + "\(counts.noticesWhileRestarting) refused by the one server that restarted, "
            + "\(counts.wrongAnswers) wrong; \(restarted.count) servers are other processes"
    }

    private var measures: [String: Double] {
        var measures: [String: Double] = [
            "requests": Double(counts.requests), "answers": Double(counts.answers),
            "creates": Double(counts.creates), "updates": Double(counts.updates),
            "deletes": Double(counts.deletes), "gets": Double(counts.gets),
            "lists": Double(counts.lists), "valuesCompared": Double(counts.valuesCompared),
            "conflicts": Double(counts.conflicts), "wrongAnswers": Double(counts.wrongAnswers),
            "whileRestarting": Double(counts.noticesWhileRestarting),
            "restarts": Double(restarts), "otherProcesses": Double(restarted.count),
            "longestRestartSeconds": outcome.restarts.map(\.seconds).max() ?? 0,
        ]
        for (kind, count) in counts.whileRestarting {
            measures["whileRestarting: \(kind)"] = Double(count)
        }
        for (kind, count) in counts.wrong { measures["wrong: \(kind)"] = Double(count) }
        return measures
    }
}

/// The table that `reliability load` prints: a row for each workflow, counts added up.
package struct LoadTable {
    private let results: [LoadResult]

    package init(_ results: [LoadResult]) { self.results = results }

    package var text: String {
        let head = [
            "workflow", "runs", "requests", "answered", "refused while restarting", "conflicts",
            "values compared", "answered/requests", "wrong answers",
        ]
        let rows = LoadWorkflow.allCases.compactMap { workflow in
            row(workflow.rawValue, results.filter { $0.trial.workflow == workflow })
        }
        let lines = [head, head.map { _ in "---" }] + rows
        return lines.map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
    }

    private func row(_ workflow: String, _ results: [LoadResult]) -> [String]? {
        guard !results.isEmpty else { return nil }
        func sum(_ count: (LoadCounts) -> Int) -> Int {
            results.reduce(0) { $0 + count($1.counts) }
        }
        let (requests, answers) = (sum(\.requests), sum(\.answers))
        var kinds: [String: Int] = [:]
        for result in results { kinds.merge(result.counts.whileRestarting, uniquingKeysWith: +) }
        let refused = kinds.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        return [
            workflow, "\(results.count)", "\(requests)", "\(answers)",
            refused.isEmpty ? "0" : refused.joined(separator: ", "), "\(sum(\.conflicts))",
            "\(sum(\.valuesCompared))",
            String(format: "%.4f", Double(answers) / Double(max(1, requests))),
            "\(sum(\.wrongAnswers))",
        ]
    }
}
