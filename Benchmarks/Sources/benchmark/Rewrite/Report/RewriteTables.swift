/// What was measured, a line for each scenario.
struct RewriteTables {
    let results: [RewriteResult]
    /// Of the contestants, in the order of the columns.
    let names: [String]

    private static let scenarioHead = ["servers", "round trip", "size", "Secrets"]

    var rates: MarkdownTable {
        table { result, name in
            guard let rate = result.objectsPerSecond(name) else { return "–" }
            guard name != ProductContestant.Pace.auto.title else { return rate.rate }
            let ratio = result.speed(of: ProductContestant.Pace.auto.title, comparedTo: name)
            return "\(rate.rate) (\((ratio ?? .nan).asRatio))"
        }
    }

    var seconds: MarkdownTable {
        table { result, name in result.seconds(name)?.told ?? "–" }
    }

    var bytes: MarkdownTable {
        table { result, name in result.bytesPerObject(name).map { Int($0).grouped } ?? "–" }
    }

    var costs: MarkdownTable {
        table { result, name in
            guard let processor = result.processorSeconds(name), let peak = result.peak(name)
            else { return "–" }
            return "\(processor.told), \(peak.inMiB)"
        }
    }

    var bystander: MarkdownTable {
        var table = table { result, name in latencies(result, during: name) }
        table.head.insert("alone", at: Self.scenarioHead.count)
        for index in results.indices {
            table.rows[index].insert(
                latencies(results[index], during: nil), at: Self.scenarioHead.count)
        }
        return table
    }

    private func latencies(_ result: RewriteResult, during name: String?) -> String {
        let values = result.latencies(during: name)
        return [0.5, 0.99].map { quantile($0, of: values)?.told ?? "–" }.joined(separator: ", ")
    }

    private func table(_ cell: (RewriteResult, String) -> String) -> MarkdownTable {
        MarkdownTable(
            head: Self.scenarioHead + names,
            rows: results.map { result in
                let scenario = result.scenario
                return [
                    "\(scenario.servers)", scenario.roundTrip.inMilliseconds,
                    "\(scenario.kibibytes) KiB", scenario.count.grouped,
                ] + names.map { cell(result, $0) }
            })
    }
}
