internal import LabKit

/// The end of a load: what is still open is decided, everything is read through every server,
/// and refusals are set against the restarts.
struct LoadClosing: Sendable {
    let reader: LoadReader
    /// One for each server, in the order of the nodes.
    let servers: [APIServerClient]
    let lab: Lab

    private var ledger: Ledger { reader.ledger }
    private var findings: Findings { reader.findings }

    func run(_ watch: RestartWatch) async throws {
        try await decideAll()
        for server in servers {
            for object in ledger.objects { _ = try await reader.get(object, through: server) }
            for namespace in LoadObject.namespaces {
                _ = try await reader.list(namespace, through: server)
            }
        }
        for line in try await lab.checkValues() {
            findings.wrong(.lost, server: "", "final comparison", line)
        }
        findings.judgeNotices(watch.seen)
        for (one, other) in watch.overlaps {
            findings.wrong(
                .severalDown, server: one.server, "GET /readyz", at: other.seenDown.lowerBound,
                "\(one.server) (\(one.reason)) and \(other.server) (\(other.reason)) weren't ready "
                    + "at the same time")
        }
        try await removeAll()
    }

    private func decideAll() async throws {
        let deadline = ContinuousClock.now + Ledger.settling * 3
        while !ledger.isSettled, ContinuousClock.now < deadline {
            for object in ledger.open {
                for server in servers { _ = try await reader.get(object, through: server) }
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        for object in ledger.open {
            findings.wrong(.undecided, server: "", "GET \(object.path)", "still open")
        }
    }

    private func removeAll() async throws {
        for object in ledger.objects where ledger.phase(of: object) != .absent {
            _ = try await servers[0].send("DELETE", object.path)
        }
    }
}
