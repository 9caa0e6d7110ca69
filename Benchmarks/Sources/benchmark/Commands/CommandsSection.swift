/// The section «Commands» of the page: what an administrator waits for beside servers and Secrets.
struct CommandsSection {
    static let title = "Commands"

    let results: [CommandsResult]
    let rounds: Int
    let rotations: Int
    let versions: [String]
    let machine: Machine

    private static let commands = ["encrypt status", "encrypt verify", "up"]

    /// The tables and where they come from.
    var result: String {
        """
        Median seconds, in brackets the ratio to `ssh`:

        \(commands.text)

        A rotation of the key (`encrypt rotate-key --fast`), median seconds:

        \(rotation.text)

        \(Machine.today), \(machine.told); \(versions.joined(separator: ", ")). \
        \(rounds) rounds after one to warm up, \(rotations) rotations.

        Against the budgets of [the design](design.md#11-budgets):

        \(budgets.map { "- " + $0 }.joined(separator: "\n"))
        """
    }

    /// All of it, as it stands on the page.
    var body: String {
        """
        What an administrator waits for on a cluster of \(CommandsBenchmark.nodes) nodes with \
        \(CommandsBenchmark.secrets.grouped) Secrets, all on this machine. `encrypt status` logs \
        in to every node, reads how its kube-apiserver is run and its provider config, and asks \
        each server; `encrypt verify` also reads in etcd how each Secret is stored; `up` finds \
        nothing to do. `ssh` is OpenSSH's client on all nodes at once, which reads the same two \
        things there and asks no server: the least that a look at the nodes takes.

        \(result)

        A rotation has three stages. In each a server takes its config and is restarted, or \
        reloads it by itself (it looks once a minute), until it is seen to run with it: that is \
        the servers' time, with what the program does on the node for it (to inspect it, to write \
        the file, to make the container anew). One that reloaded may still be at work at a write \
        of before, so what it allows a request (a minute) is waited for. What is left beside these and the rewriting \
        is the program's own: logins, the plan, the journal, the Lease, the proof in etcd, and a \
        look at all servers between any two steps, a dozen in all. For each of these a server of \
        1.36 gathers two megabytes of metrics, here all three on the same two cores.

        ```console
        $ scripts/benchmark commands --write
        ```
        """
    }

    private var commands: MarkdownTable {
        MarkdownTable(
            head: ["kube-apiserver runs in", CommandsResult.login] + Self.commands.map { "`\($0)`" }
                + ["peak MiB"],
            rows: results.map { result in
                let login = result.seconds(CommandsResult.login)
                let peak = Self.commands.compactMap { result.commands[$0]?.peak }.max() ?? 0
                return [result.form.told, login.told]
                    + Self.commands.map {
                        let seconds = result.seconds($0)
                        return "\(seconds.told) (\((seconds / login).asRatio))"
                    } + [peak.inMiB]
            })
    }

    private var rotation: MarkdownTable {
        MarkdownTable(
            head: [
                "kube-apiserver runs in", "whole", "servers", "waiting", "rewriting", "its own",
                "peak MiB",
            ],
            rows: results.map { result in
                let parts = [\Rotation.seconds, \.servers, \.waiting, \.rewriting, \.rest]
                return [result.form.told]
                    + parts.map { part in
                        let seconds = result.middle { $0[keyPath: part] }
                        return seconds == 0 ? "–" : seconds.told
                    } + [(result.rotations.map(\.peak).max() ?? 0).inMiB]
            })
    }

    /// A sentence for each budget.
    var budgets: [String] {
        [
            budget("`encrypt status` under 1 s", 1) { $0.seconds("encrypt status") },
            budget("a rotation besides servers and rewriting under 2 s", 2) {
                $0.middle(\.rest)
            },
        ]
    }

    private func budget(
        _ words: String, _ limit: Double, _ value: (CommandsResult) -> Double
    ) -> String {
        let values = results.map { "\(value($0).told) s with \($0.form.rawValue)" }
            .joined(separator: ", ")
        let missed = results.filter { value($0) >= limit }
        return missed.isEmpty
            ? "\(words): met (\(values))."
            : "\(words): **missed** in \(missed.count) of \(results.count): \(values)."
    }
}
