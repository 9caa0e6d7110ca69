import Foundation
import LabKit
import Testing
import Trials

/// Clusters that can't be reached the straight way.
@Suite(
    "ways to a cluster",
    .serialized,
    .lab(nodes: 2, user: .docker, encryption: .on, secrets: 5) { lab in
        let user = try Operator(of: lab)
        try user.read("cluster.rkestate").write(
            to: URL(fileURLWithPath: user.path("original.rkestate")))
    })
struct AccessTests {
    private static let total = 10

    @Test("a node that can't be reached from here, refused; enabled through a bastion and SSH")
    func bastion() async throws {
        let lab = try SuiteLab.lab()
        let user = try Operator(of: lab)
        let (bastion, hidden) = (lab.nodes[0], lab.nodes[1])
        let steps = WorkflowSteps(user: user, total: Self.total)
        try await lab.hiding([hidden]) {
            let straight = try user.copy()
            let refused = try await World.expectingNoTouch(straight) {
                try await straight.run("up", "--output", "json")
            }
            #expect(refused.status == 1)
            #expect(try refused.document(FaultDocument.self).error.node == hidden.address)

            let config = try user.read("cluster.yml")
            try user.jump(over: bastion)
            let done = try await user.succeed("up")
            #expect(done.operation?.kind == "enable")
            #expect(done.evidence?["secrets"]?.values.contains(Self.total) == true)
            try config.write(to: URL(fileURLWithPath: user.path("cluster.yml")))
        }
        let key = try #require(try await user.succeed("up").keys.first)
        try await steps.expectDeployed(key)
        try await steps.expectStored(key.storedPrefix)
        let log = try #require(try NodeFile("/var/log/sshd.log", on: hidden)).text
        #expect(log.contains("Accepted publickey for rke from \(bastion.address)"))
    }

    @Test("no kubeconfig and the API only through SSH, rotated with the state file's kube-admin")
    func stateFileAlone() async throws {
        let lab = try SuiteLab.lab()
        let user = try Operator(of: lab)
        let first = try #require(try await user.succeed("up").keys.first)
        let kubeconfig = try user.read("kube_config_cluster.yml")
        try user.remove("kube_config_cluster.yml")
        defer {
            try? kubeconfig.write(
                to: URL(fileURLWithPath: user.path("kube_config_cluster.yml")))
        }
        try await lab.hiding(lab.nodes, port: 6443) {
            let direct = try user.copy(without: ["kube_config_cluster.yml"])
            try direct.setAccess("direct")
            let refused = try await World.expectingNoTouch(direct) {
                try await direct.run("encrypt", "rotate-key", "--output", "json")
            }
            #expect(refused.status == 1)
            let fault = try refused.document(FaultDocument.self).error
            #expect(fault.node == lab.nodes[0].address)
            #expect(fault.message.contains(":6443"))

            for access in ["ssh", "auto"] {
                let user = try user.copy(without: ["kube_config_cluster.yml"])
                try user.setAccess(access)
                let stored = try await user.succeed(
                    "encrypt", "verify", giving: VerificationDocument.self)
                #expect(
                    stored.evidence["secrets"]?.filter { $0.value > 0 }
                        == [first.storedPrefix: Self.total])
            }
        }
        _ = try await WorkflowSteps(user: user, total: Self.total).rotate(from: first)
    }

    @Test("RKE's state file, every byte of RKE's kept")
    func stateKept() async throws {
        let user = try Operator(of: SuiteLab.lab())
        _ = try await user.succeed("up", giving: WorkflowDocument.self)
        let original = String(decoding: try user.read("original.rkestate"), as: UTF8.self)
        let state = String(decoding: try user.read("cluster.rkestate"), as: UTF8.self)
        #expect(state.contains("\"orchestrator\""))
        let config = /,\s*"encryptionConfig": "(\\.|[^"\\])*"/
        #expect(state.matches(of: config).count == 2)
        let rest = state.replacing(config, with: "")
            .replacing(/,\s*"orchestrator": \{.*\}(?=\s*\}$)/.dotMatchesNewlines(), with: "")
        #expect(rest == original)
    }
}
