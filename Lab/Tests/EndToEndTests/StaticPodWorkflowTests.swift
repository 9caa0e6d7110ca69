import Foundation
import LabKit
import Testing
import Trials

/// The same as for Docker's containers, where the kubelet runs kube-apiserver.
@Suite("static pods", .serialized)
struct StaticPodWorkflowTests {
    private static let secrets = 50
    private static let total = secrets + 5

    private func withLab(
        nodes: Int, _ runtime: LabOptions.Runtime, user: LabOptions.User,
        environment: [String: String] = [:],
        _ body: (Operator, WorkflowSteps) async throws -> Void
    ) async throws {
        try await Harness.withLab(
            nodes: nodes, runtime: runtime, user: user, encryption: .on,
            serverEnvironment: environment
        ) { lab in
            #expect(try await lab.fill(secrets: Self.secrets) == Self.total)
            let user = try Operator(of: lab)
            try await body(user, WorkflowSteps(user: user, total: Self.total))
        }
    }

    private func processes(_ lab: Lab) throws -> [Int32] {
        try lab.nodes.compactMap { try lab.apiServerProcess(on: $0)?.pid }
    }

    /// How servers that load the config by themselves, and such that are started with it, are known
    /// to have it: those of 1.34 and later name the file's hash in either case.
    private func confirmations(_ lab: Lab) async throws -> (reloaded: String, started: String) {
        let namesHash = try await KubernetesVersion.of(lab.options).minor >= 34
        return namesHash ? ("metric", "metric") : ("reload", "restart")
    }

    @Test("kubeadm's, enabled with reload; rotated without a restart; an upgrade's loss mended")
    func reloading() async throws {
        try await withLab(nodes: 3, .staticPod, user: .sudo) { user, steps in
            let before = try await World.seen(user)
            let first = try await steps.enable()
            for process in try user.lab.nodes.map({ try user.lab.apiServerProcess(on: $0) }) {
                #expect(process?.arguments.last?.hasSuffix("-automatic-reload=true") == true)
            }
            let running = try processes(user.lab)
            let confirmed = try await confirmations(user.lab)
            let second = try await steps.rotate(from: first) { done in
                #expect(done.stages.count == 3)
                #expect(done.stages.flatMap(\.nodes).allSatisfy { !$0.restarted })
                let methods = Set(done.stages.flatMap(\.nodes).map(\.confirmedBy))
                #expect(methods == [confirmed.reloaded])
            }
            #expect(try processes(user.lab) == running)

            try await loseArgument(user, on: user.lab.nodes[1], steps, second)
            try await steps.disable(from: second)
            let left = try await World.seen(user).differencesInShape(since: before)
            #expect(left.filter { !$0.hasPrefix("operator: ") } == [])
        }
    }

    /// As after `kubeadm upgrade`, which writes the manifest anew.
    private func loseArgument(
        _ user: Operator, on node: LabNode, _ steps: WorkflowSteps, _ key: KeyDocument
    ) async throws {
        try await user.lab.changeAPIServer(on: node) { arguments in
            arguments.filter { !$0.hasPrefix("--encryption-provider-config") }
        }
        try await eventually("the argument is gone") {
            try user.lab.apiServerProcess(on: node).map { process in
                !process.arguments.contains { $0.contains("encryption-provider-config") }
            } ?? false
        }
        let status = try await user.run("encrypt", "status")
        #expect(status.status == 4)
        #expect(status.text.contains("runs without the provider config"))
        #expect(status.text.contains("orchestrator up"))
        let done = try await user.succeed("up")
        #expect(done.operation?.kind == "repair")
        #expect(done.keys == [key])
        try await steps.expectDeployed(key)
        try await steps.expectStored(key.storedPrefix)
        try await steps.nothingLeftToDo()
    }

    @Test("minikube's, said to be so and never to reload: restarts, and the former bytes in the end")
    func restarting() async throws {
        try await withLab(nodes: 1, .minikube, user: .root) { user, steps in
            try user.edit("cluster.yml") {
                $0.replacing("orchestrator:\n", with: "orchestrator:\n  runtime: static-pod\n  reload: never\n")
            }
            try await steps.planned()
            try await steps.roundTrip()
        }
    }

    @Test("one node Docker's, one the kubelet's, the stand-in as of 1.30: each in its own way")
    func mixed() async throws {
        let environment = ["STANDIN_VERSION": "v1.30.14"]
        try await withLab(nodes: 2, .mixed, user: .root, environment: environment) { user, steps in
            let first = try await steps.enable()
            let running = try user.lab.apiServerProcess(on: user.lab.nodes[1])?.pid
            let confirmed = try await confirmations(user.lab)
            let second = try await steps.rotate(from: first) { done in
                for stage in done.stages {
                    let methods = stage.nodes.map(\.confirmedBy).sorted()
                    #expect(methods == [confirmed.reloaded, confirmed.started])
                }
            }
            #expect(try user.lab.apiServerProcess(on: user.lab.nodes[1])?.pid == running)
            try await steps.nothingLeftToDo()
            try await steps.disable(from: second)
        }
    }
}
