import Basics
import Foundation
import Testing

@testable import Orchestrator
@testable import OrchestratorCLI

@Suite struct DocumentTests {
    /// The document, read back as a program would.
    private func object(_ document: some Encodable) throws -> [String: Any] {
        let text = JSONText.of(document)
        #expect(!text.contains("0123456789abcdef0123456789abcdef\""), "a key shows")
        let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
        return try #require(value as? [String: Any])
    }

    @Test("a rotation, the members that docs/json.md promises")
    func rotation() throws {
        let document = try object(Sample.rotated.document)
        #expect(
            Set(document.keys) == [
                "operation", "stages", "rewrite", "evidence", "evidenceSource", "retiredKeys",
                "earlier", "keys", "snapshots", "next",
            ])
        let evidence = document["evidence"] as? [String: [String: Int]]
        #expect(evidence == ["secrets": ["k8s:enc:aescbc:v1:key-20261121-bbbbbb:": 2005]])
        let operation = try #require(document["operation"] as? [String: Any])
        #expect(
            operation["kind"] as? String == "rotate-key"
                && operation["id"] as? String == "0102030405ab")
        let rewrite = try #require(document["rewrite"] as? [String: Any])
        #expect(
            Set(rewrite.keys) == [
                "resources", "objects", "rewritten", "skipped", "failed", "seconds", "bytesSent",
                "bytesReceived",
            ])
        let stages = try #require(document["stages"] as? [[String: Any]])
        let node = try #require((stages.first?["nodes"] as? [[String: Any]])?.first)
        #expect(
            node["confirmedBy"] as? String == "metric" && node["address"] as? String == "192.0.2.11"
        )
    }

    @Test("writes of before were waited for, told for how long")
    func waited() throws {
        var report = Sample.rotated
        report.operations[0].waited = .milliseconds(54_500)
        report.operations.append(report.operations[0])
        let document = try object(report.document)
        #expect(document["waitedSeconds"] as? Double == 54.5)
        let earlier = try #require(document["earlier"] as? [[String: Any]])
        #expect(earlier.first?["waitedSeconds"] as? Double == 54.5)
    }

    @Test("servers restarted or not, told for each node")
    func restarted() throws {
        let document = try object(Sample.rotated(restarting: [false, true]).document)
        let stages = try #require(document["stages"] as? [[String: Any]])
        let nodes = try #require(stages.first?["nodes"] as? [[String: Any]])
        #expect(nodes.map { $0["restarted"] as? Bool } == [false, true])
    }

    @Test("nothing to do, the same document without an operation")
    func nothingToDo() throws {
        let document = try object(WorkflowReport().document)
        #expect(document["operation"] == nil && (document["stages"] as? [Any])?.isEmpty == true)
    }

    @Test("status, nodes, operation, keys and next")
    func status() throws {
        let document = try object(Sample.status.document)
        #expect(
            Set(document.keys) == [
                "nodes", "operation", "lease", "keys", "activeKeyAgeSeconds", "findings", "next",
            ])
        let nodes = try #require(document["nodes"] as? [[String: Any]])
        #expect(nodes.map { $0["reachable"] as? Bool } == [true, false])
        #expect(nodes.map { $0["asWanted"] as? Bool } == [true, nil])
        let lease = try #require(document["lease"] as? [String: Any])
        #expect(lease["holder"] as? String == "ada@ws-1, process 4711, orchestrator up")
        #expect(Set(lease.keys) == ["holder", "since", "renewed"])
        let keys = try #require(document["keys"] as? [[String: Any]])
        #expect(keys.map { $0["active"] as? Bool } == [false, true])
        #expect(keys.allSatisfy { $0["secret"] == nil })
    }

    @Test("verify, evidence and what was expected")
    func verification() throws {
        let document = try object(Sample.verification.document)
        #expect(Set(document.keys) == ["evidence", "expected", "offenders", "findings", "next"])
    }

    @Test("a fault, its place and the exit status")
    func fault() throws {
        let fault = Fault(
            .badInput, "bad", hint: "mend it",
            place: .init(file: "cluster.yml", line: 3, column: 5))
        let error = try #require(
            try object(FaultDocument(fault, exitStatus: 65))["error"] as? [String: Any])
        #expect(error["line"] as? Int == 3 && error["exitStatus"] as? Int == 65)
    }

    @Test("every kind of fault, an exit status of the documented ones")
    func exitStatuses() {
        for code in Fault.Code.allCases {
            // 4 is said by what only looks, whatever is thrown.
            #expect([1, 3, 64, 65, 130].contains(ExitStatus(code).rawValue))
        }
        #expect(ExitStatus(.refused) == .refused && ExitStatus(.corrupt) == .badInput)
        #expect(ExitStatus(.usage) == .usage && ExitStatus(.discrepancy) == .failed)
    }
}
