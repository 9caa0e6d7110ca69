internal import Foundation

/// The section «Rewriting» of the page: the tables, the plot and what they are of.
struct RewriteSection {
    static let title = "Rewriting"
    static let plot = "rewriting.svg"

    let results: [RewriteResult]
    let contestants: [any RewriteContestant]
    let rounds: Int
    let versions: [String]
    let machine: Machine
    /// What isn't there and why.
    var missing: [String] = []

    private var tables: RewriteTables {
        RewriteTables(results: results, names: contestants.map(\.name))
    }

    /// The tables and where they come from.
    var result: String {
        """
        Objects a second, the median, in brackets how many times as fast orchestrator is:

        \(tables.rates.text)

        Median seconds from the start of the program to its end\(sampled):

        \(tables.seconds.text)

        Bytes on the wire for each object, both ways, TLS and TCP included:

        \(tables.bytes.text)

        Processor seconds of the client for 1,000 objects, and its peak memory in MiB:

        \(tables.costs.text)

        Milliseconds until a bystander has its answer, p50 and p99:

        \(tables.bystander.text)

        \(Machine.today), \(machine.told); \(versions.joined(separator: ", ")). \
        \(rounds) round\(rounds == 1 ? "" : "s"); runs: \(runs).\(leftOut)\(failures) \
        Just before the runs the processors were \(busy).

        Against the budgets of [the design](design.md#11-budgets), each a ratio of medians; in square \
        brackets where a ratio of p99 lies with nine chances in ten, as far as chance among the \
        bystander's requests goes:

        \(RewriteBudgets(results: results).sentences.map { "- " + $0 }.joined(separator: "\n"))
        """
    }

    private var sampled: String {
        contestants.compactMap { contestant in
            contestant.sample.map {
                "; \(contestant.name) rewrites only \($0.grouped) and runs in the first round alone"
            }
        }.joined()
    }

    /// How often each contestant ran in a scenario, `orchestrator 2 to 4`.
    private var runs: String {
        contestants.compactMap { contestant in
            let counts = results.compactMap { $0.runs[contestant.name]?.count }
            guard let least = counts.min(), let most = counts.max() else { return nil }
            return "\(contestant.name) " + (least == most ? "\(least)" : "\(least) to \(most)")
        }.joined(separator: ", ")
    }

    private var leftOut: String {
        let bounded = contestants.filter { $0.greatestCount < .max }.map {
            "\($0.name) is left out above \($0.greatestCount.grouped) objects"
                + ($0.isForBaseAlone ? " and but for 1 KiB on one server near by." : ".")
        }
        return (bounded + missing).map { " " + $0 }.joined()
    }

    /// With more than little to do besides, the numbers are worth little.
    private var busy: String {
        let shares = results.flatMap(\.runs.values).joined().map { $0.busyBefore * 100 }
        let (middle, most) = (median(shares), shares.max() ?? 0)
        return "busy by \(Int(middle.rounded())) % (the median; at most \(Int(most.rounded())) %)"
            + (middle > 25 ? ": **this machine had other work, measure again**" : "")
    }

    private var failures: String {
        let runs = results.flatMap(\.runs.values).joined()
        let failed = runs.reduce(0) { $0 + $1.meanwhile.failed }
        return failed == 0
            ? " All of the bystander's requests were answered well."
            : " \(failed.grouped) of the bystander's requests weren't answered well."
    }

    var chart: RateChart {
        RateChart(
            title: "Secrets rewritten a second (logarithmic)",
            groups: results.map { result in
                RateChart.Group(
                    title: result.scenario.told,
                    bars: contestants.compactMap { contestant in
                        result.objectsPerSecond(contestant.name).map {
                            RateChart.Bar(name: contestant.name, value: $0)
                        }
                    })
            })
    }

    /// All of it, as it stands on the page.
    var body: String {
        """
        ![Secrets rewritten a second by each contestant](\(Self.plot))

        Every run has real work: just before it, every API server gets a provider config with \
        another first key and is restarted, so that each Secret has to be stored anew; just after \
        it, that each was is checked by its resourceVersion. Contestants run in turns on the same \
        cluster, as do the numbers of Secrets: a lab on one machine with real etcd, where clients and servers share the cores.

        - orchestrator: the product's engine (`Rewriter`) in a process of its own, from reading \
        the kubeconfig on, the list included. --fast and --gentle are its other paces (docs/design.md, \
        «Rewriting»).
        - h2load, the limit: the same empty merge patches to the same objects, with one \
        connection to each server; it has been told the names and needs no list.
        - kubectl replace: `kubectl get secrets -A -o json | kubectl replace -f -`; and the same \
        for each of \(SecretFilling.namespaces.count) namespaces, eight at a time by xargs.
        - RKE's rule: pages of 250, five workers, whole objects put back, and client-go's limit \
        of 5 requests a second after a burst of 10; a client of this benchmark, not RKE itself.

        The bystander is another client, which reads and updates a ConfigMap in turns, 20 \
        requests a second, through the first server; its time counts from when a request was due.

        \(result)

        ```console
        $ scripts/benchmark rewrite --write
        ```

        `--kube-apiserver` (or `$KUBE_APISERVER`) names a real kube-apiserver, else the lab's \
        stand-in serves; `--sizes`, `--counts`, `--rtt`, `--servers` and `--full` choose \
        scenarios, `--kubectl` a kubectl that isn't on `PATH`.
        """
    }
}
