import Foundation
import Testing

@testable import benchmark

struct CommandsSectionTests {
    @Test("servers restarted one by one and others that reload at once, the sum and the longest")
    func stages() throws {
        let report = try rotation(seconds: 60, restarted: true, 4, 5, 6)
        #expect(report.servers == 15)
        #expect(report.rewriting == 30)
        #expect(report.rest == 15)
        let reloading = try rotation(seconds: 60, restarted: false, waited: 20.5, 4, 5, 6)
        #expect(reloading.servers == 6 && reloading.waiting == 20.5)
        #expect(reloading.rest == 3.5)
    }

    @Test("a status too slow and a rotation with little of its own, one budget missed")
    func budgets() throws {
        let result = CommandsResult(
            form: .docker, server: "kube-apiserver v1",
            commands: ["encrypt status": Measurement(seconds: 1.5, peak: 1)],
            rotations: [try rotation(seconds: 46.5, restarted: true, 4, 5, 6)])
        let section = CommandsSection(
            results: [result], rounds: 1, rotations: 1, versions: [], machine: try Machine())
        #expect(
            section.budgets == [
                "`encrypt status` under 1 s: **missed** in 1 of 1: 1.50 s with docker.",
                "a rotation besides servers and rewriting under 2 s: met (1.50 s with docker).",
            ])
    }

    /// With a rewrite of 30 seconds and one stage.
    private func rotation(
        seconds: Double, restarted: Bool, waited: Double? = nil, _ nodes: Double...
    ) throws -> Rotation {
        let stage = nodes.map { #"{"seconds": \#($0), "restarted": \#(restarted)}"# }
            .joined(separator: ",")
        let waited = waited.map { #", "waitedSeconds": \#($0)"# } ?? ""
        let document = """
            {"stages": [{"nodes": [\(stage)]}], "rewrite": {"objects": 9, "seconds": 30}\(waited)}
            """
        return Rotation(
            report: try JSONDecoder().decode(RotationReport.self, from: Data(document.utf8)),
            seconds: seconds, peak: 1)
    }
}
