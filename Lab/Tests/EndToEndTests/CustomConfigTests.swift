import Foundation
import LabKit
import Testing
import Trials

/// Configs of the user's own: from one to the other, rotated, rewritten, and refused where they
/// would not work.
@Suite("custom configs", .serialized)
struct CustomConfigTests {
    @Test("changes drawn by lot, everything readable meanwhile and stored as the config says")
    func changes() async throws {
        let folder = "\(NSTemporaryDirectory())/orchestrator-changes-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let run = TrialRun(
            program: try Harness.orchestrator(), selection: Selection(sample: 1, seed: 4),
            server: try await ServerName.of(),
            log: try ResultLog(folder: folder, kind: .changes), say: { print($0) })
        try await ChangeTrials(run, objects: 10).make()
        #expect(run.results.count >= 1)
        #expect(run.problems == [])
    }

    private static let total = 8

    @Test("rotated, the new key taken for the one that cluster.yml names; young, left; rewritten")
    func rotated() async throws {
        try await Harness.withLab(nodes: 2, user: .sudo, encryption: .on) { lab in
            _ = try await lab.fill(secrets: Self.total - 5)
            let user = try Operator(of: lab)
            let steps = WorkflowSteps(user: user, total: Self.total)
            let secret = Data(repeating: 7, count: 32).base64EncodedString()
            try user.edit("cluster.yml") {
                $0.replacing(
                    "enabled: true",
                    with: """
                        enabled: true
                              custom_config:
                                resources:
                                - resources: [secrets]
                                  providers:
                                  - secretbox: {keys: [{name: mine, secret: "\(secret)"}]}
                        """)
            }
            let enabled = try await user.succeed("up")
            #expect(enabled.operation?.kind == "enable")
            #expect(enabled.stages.map(\.name) == ["read", "write", "final"])
            try await steps.expectStored("k8s:enc:secretbox:v1:mine:")

            let young = try await user.succeed("encrypt", "rotate-key", "--older-than", "1d")
            #expect(young.operation == nil)
            #expect(young.reason?.contains("old, and is to be rotated at") == true)
            let rotated = try await user.succeed("encrypt", "rotate-key", "--older-than", "0d")
            let key = try #require(rotated.keys.first)
            #expect(rotated.keys.count == 1 && key.provider == "secretbox" && key.name != "mine")
            #expect(rotated.retiredKeys.map(\.name) == ["mine"])
            try await steps.expectStored(key.storedPrefix)
            try await steps.nothingLeftToDo()

            let rewritten = try await user.succeed("encrypt", "rewrite")
            #expect(rewritten.operation?.kind == "rewrite")
            #expect(rewritten.stages.isEmpty)
            #expect(
                rewritten.evidence?["secrets"]?.filter { $0.value > 0 } == [
                    key.storedPrefix: Self.total
                ])
            try await steps.nothingLeftToDo()
        }
    }

    @Test("a KMS plugin that isn't there or isn't seen, refused with what to do, nothing touched")
    func pluginMissing() async throws {
        try await Harness.withLab(nodes: 2, user: .docker, encryption: .on) { lab in
            let places = [
                ("/etc/kubernetes/kms/socket.sock", "there is no socket", "Start the plugin"),
                ("/var/run/kms/socket.sock", "no folder of the node is mounted", "extra_binds"),
                ("/etc/kubernetes/ssl/kube-ca.pem", "isn't a socket", "Is something else"),
            ]
            for (path, says, advises) in places {
                let mishap = Mishap.inFolder(
                    path, status: 3, node: 1, says: says, advises: advises
                ) { user in
                    try user.edit("cluster.yml") {
                        $0.replacing(
                            "enabled: true",
                            with: "enabled: true\n      custom_config: {resources: [{resources:"
                                + " [secrets], providers: [{kms: {apiVersion: v2, name: p,"
                                + " endpoint: 'unix://\(path)'}}, {identity: {}}]}]}")
                    }
                }
                try await mishap.expectNothingTouched(by: ["up"], on: lab)
                try await mishap.expectNothingTouched(by: ["up", "--dry-run"], on: lab)
            }
        }
    }
}
