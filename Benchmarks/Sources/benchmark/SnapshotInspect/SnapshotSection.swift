internal import Foundation

/// The section «Reading snapshots» of the page: two tables and what they show.
struct SnapshotSection {
    static let title = "Reading snapshots"

    /// One database and what each contestant needed for it.
    struct Row {
        let report: InspectionReport
        /// Whether it is none of those that are made here.
        var isGiven = false
        /// By the contestant's name.
        let measurements: [String: Measurement]
    }

    let rows: [Row]
    /// The contestants, in the order of the columns.
    let names: [String]
    let rounds: Int
    let versions: [String]
    let machine: Machine

    /// The tables and where they come from.
    var result: String {
        """
        Median seconds, in brackets the ratio to `\(SnapshotTools.standard)`:

        \(table(seconds).text)

        Peak memory in MiB:

        \(table { row, name in row.measurements[name]?.peak.inMiB ?? "–" }.text)

        \(Machine.today), \(machine.told); \(versions.joined(separator: ", ")). \
        \(rounds - 1) rounds after one to warm up.
        """
    }

    /// All of it, as it stands on the page.
    var body: String {
        """
        `orchestrator etcd snapshot-inspect` checks etcd's SHA-256 of a snapshot, reads every \
        stored revision and opens every encrypted value with the keys of the state file (here \
        aescbc); without a key it does the same but for opening. etcd's own tools tell less: \
        `snapshot status` goes through all revisions for a checksum and counts them, `bbolt \
        check` goes through the pages. The databases are of a real etcd, with values of about \
        1 KiB, some overwritten and some deleted; what is found in them agrees with what etcdctl \
        reads. The files lie in the page cache; the time is that of the whole process, its start \
        included.

        \(result)

        \(conclusions)

        ```console
        $ scripts/benchmark snapshot-inspect --write
        ```

        `--etcdutl` and `--bbolt` name these tools where they aren't on `PATH`, `--database` a \
        further database that is only timed.\(given)
        """
    }

    private func table(_ cell: (Row, String) -> String) -> MarkdownTable {
        MarkdownTable(
            head: ["Secrets", "file"] + names,
            rows: rows.map { row in
                [row.report.secrets.grouped, row.report.size.asBytes]
                    + names.map { cell(row, $0) }
            })
    }

    private func seconds(_ row: Row, _ name: String) -> String {
        guard let measurement = row.measurements[name] else { return "–" }
        return "\(measurement.seconds.told) (\(ratio(row, name).asRatio))"
    }

    private func ratio(_ row: Row, _ name: String) -> Double {
        guard let own = row.measurements[name], let other = row.measurements[SnapshotTools.standard]
        else { return .nan }
        return own.seconds / other.seconds
    }

    private var given: String {
        rows.filter(\.isGiven).map { row in
            let each = row.report.size / max(1, row.report.revisions)
            return " That of \(row.report.size.asBytes) was given so; its values have about"
                + " \(each.asBytes)."
        }.joined()
    }

    /// Only what the numbers say, whichever they are.
    private var conclusions: String {
        let ordered = rows.sorted { $0.report.size < $1.report.size }
        guard let smallest = ordered.first, let largest = ordered.last else { return "" }
        func ratio(_ row: Row, _ name: String) -> String { self.ratio(row, name).asRatio }
        return """
            From \(smallest.report.size.asBytes) to \(largest.report.size.asBytes) of file the \
            orchestrator's peak memory is \(peaks(SnapshotTools.withKey)) MiB, that of etcdctl \
            \(peaks(SnapshotTools.standard)) MiB: it reads page by page and remembers 16 bytes of \
            each key, while etcd's tools map the file, whose pages count as soon as they are \
            touched. On the largest file it takes \(ratio(largest, SnapshotTools.withKey)) times \
            as long as etcdctl with every value opened, and \
            \(ratio(largest, SnapshotTools.withoutKey)) times without a key; on the smallest, \
            where little but the start of the process is measured, \
            \(ratio(smallest, SnapshotTools.withKey)) times.
            """
    }

    private func peaks(_ name: String) -> String {
        let peaks = rows.compactMap { $0.measurements[name]?.peak }
        return "\((peaks.min() ?? 0).inMiB) to \((peaks.max() ?? 0).inMiB)"
    }
}
