internal import Basics
internal import Foundation

/// Makes databases, has them read, and measures that.
struct SnapshotBenchmark {
    let tools: SnapshotTools
    let measuring: Measuring
    let scratch: ScratchFolder

    /// A database of so many Secrets, made by a real etcd; gone when it is measured.
    func row(secrets count: Int) async throws -> SnapshotSection.Row {
        say("==> \(count.grouped) Secrets")
        let (snapshot, state) = (scratch.path("snapshot.db"), scratch.path("state"))
        let values = try SealedValues()
        try write(values.stateFile, to: state)
        let report = try await make(snapshot, state: state, secrets: count, of: values)
        // After etcd's end, which would be at work otherwise.
        let row = try measure(report, snapshot, state: state)
        for name in ["snapshot.db", "state"] { try scratch.remove(name) }
        return row
    }

    /// A further database.
    ///
    /// - Parameter secret: of the key of its values, as base64.
    func row(database: String, secret: String) throws -> SnapshotSection.Row {
        say("==> \(database)")
        let state = scratch.path("state")
        try write(SealedValues.stateFile(secret: secret), to: state)
        defer { try? scratch.remove("state") }
        var row = try measure(
            try tools.inspect(database, state: state), database, state: state)
        row.isGiven = true
        return row
    }

    private func make(
        _ snapshot: String, state: String, secrets count: Int, of values: SealedValues
    ) async throws -> InspectionReport {
        defer { try? scratch.remove("etcd") }
        let etcd = try await EtcdServer(in: scratch.path("etcd"))
        let filled = try await Filling(etcd: etcd, values: values).fill(secrets: count)
        try tools.etcdctl.run(
            ["--endpoints", etcd.endpoint, "snapshot", "save", snapshot], in: scratch)
        let report = try tools.inspect(snapshot, state: state)
        try Agreement(
            etcdctl: tools.etcdctl, scratch: scratch, endpoint: etcd.endpoint, snapshot: snapshot
        ).check(report, filled: filled)
        say("orchestrator agrees with etcdctl (\(report.revisions.grouped) revisions)")
        return report
    }

    private func measure(
        _ report: InspectionReport, _ snapshot: String, state: String
    ) throws -> SnapshotSection.Row {
        let contestants = tools.contestants(snapshot, state: state)
        let measurements = try measuring.measure(contestants)
        for (contestant, measurement) in zip(contestants, measurements) {
            say(
                "\(contestant.name): \(measurement.seconds.told) s,"
                    + " \(measurement.peak.inMiB) MiB")
        }
        return SnapshotSection.Row(
            report: report,
            measurements: Dictionary(
                uniqueKeysWithValues: zip(contestants.map(\.name), measurements)))
    }

    private func write(_ text: String, to path: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
}
