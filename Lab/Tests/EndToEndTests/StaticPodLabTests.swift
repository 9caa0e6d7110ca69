import Foundation
import LabKit
import Testing
import Trials

/// That the kubelet's stand-in does on a real node what its decisions say.
@Suite("a lab of static pods", .serialized)
struct StaticPodLabTests {
    @Test("manifests changed in every way, the server restarts when a kubelet would have it")
    func manifests() async throws {
        let folder = try await Harness.withLab(nodes: 1, runtime: .staticPod, user: .sudo) { lab in
            let bench = try ManifestBench(lab: lab, node: lab.nodes[0])
            try await expectShape(bench)
            try await bench.replace { "# a comment\n" + $0 }
            // Long enough for the event, and for a restart to be over.
            try await Task.sleep(for: .seconds(1))
            #expect(try bench.server() == bench.first)
            try await bench.expectRestart("an annotation") {
                try await bench.replace {
                    $0.replacing("  annotations:\n", with: "  annotations:\n    stamp: one\n")
                }
            }
            try await bench.expectRestart("a copy beside it") {
                try await bench.node.shell(
                    """
                    cd \(NodeRuntime.manifests)
                    sed 's/stamp: one/stamp: two/' kube-apiserver.yaml >/run/copy
                    mv /run/copy kube-apiserver.yaml.bak
                    """)
            }
            try await bench.node.shell("rm \(NodeRuntime.manifests)/kube-apiserver.yaml.bak")
            try await bench.expectEnd("the copy removed", within: .seconds(5))
            // The next relist finds the other file.
            try await bench.expectRestart("the relist", within: .seconds(25)) {}
            try await expectBrokenFileDropped(bench)
            return lab.folder
        }
        #expect(try Leftovers.seen(folder: folder).names.isEmpty)
    }

    @Test("the user of Docker, refused with the reason")
    func dockerUser() async throws {
        let options = LabOptions(
            folder: Harness.newFolder(), runtime: .mixed, user: .docker,
            apiServer: try APIServerProgram.find(told: nil))
        let refusal = await #expect(throws: (any Error).self) { try await Lab.up(options) }
        #expect("\(try #require(refusal))".contains("needs a Docker Engine on every node"))
        #expect(!FileManager.default.fileExists(atPath: options.folder))
    }

    /// kubeadm's, and no trace of Docker.
    private func expectShape(_ bench: ManifestBench) async throws {
        for component in Component.allCases {
            let file = try #require(
                try NodeFile(NodeRuntime.manifest(of: component), on: bench.node))
            #expect(file.mode == 0o600)
            #expect(file.text.hasPrefix("apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n"))
        }
        #expect(bench.first.arguments.contains("--tls-cert-file=/etc/kubernetes/pki/apiserver.crt"))
        // What a container sees is what its manifest mounts.
        let seen = try await bench.node.command(
            ["ls", "/proc/\(bench.first.pid)/root/etc/kubernetes"]
        ).run().text
        #expect(seen == "pki\n")
        let docker = try await Harness.ssh(bench.lab, bench.node, "docker version")
        #expect(docker.status == 127)
        let sudo = "sudo -n ls -l \(NodeRuntime.manifests)"
        #expect(try await Harness.ssh(bench.lab, bench.node, sudo).status == 0)
        #expect(
            try await bench.lab.apiServerLog(on: bench.node).contains("Serving securely on"))
    }

    /// The pod outlives the event and not the relist; the file put back is the former pod.
    private func expectBrokenFileDropped(_ bench: ManifestBench) async throws {
        let (server, text) = (try bench.server(), try bench.text())
        try await bench.replace { _ in "apiVersion: [" }
        try await Task.sleep(for: .milliseconds(500))
        // Unless the relist came just then.
        let isStillThere = try bench.server() == server
        try await bench.expectEnd("the relist", within: .seconds(25))
        try await bench.expectRestart("the file put back") { try await bench.replace { _ in text } }
        if !isStillThere { print("the relist came with the event") }
    }
}

/// Changes the manifest of one node's server and watches its process.
struct ManifestBench {
    let lab: Lab
    let node: LabNode
    let first: ServerProcess

    init(lab: Lab, node: LabNode) throws {
        self.lab = lab
        self.node = node
        first = try #require(try lab.apiServerProcess(on: node))
    }

    func server() throws -> ServerProcess? { try lab.apiServerProcess(on: node) }

    func text() throws -> String {
        try #require(try NodeFile(NodeRuntime.manifest(of: .apiServer), on: node)).text
    }

    /// As it should be done: under another name elsewhere, then moved over.
    func replace(_ change: (String) -> String) async throws {
        let bytes = Array(change(try text()).utf8)
        let path = NodeRuntime.manifest(of: .apiServer)
        try await node.command(
            ["sh", "-c", "cat >/run/new && chmod 600 /run/new && mv /run/new \(path)"],
            input: bytes
        ).run()
    }

    /// Another process has to take the server's place and get ready.
    func expectRestart(
        _ what: String, within limit: Duration = .seconds(8), _ body: () async throws -> Void
    ) async throws {
        let former = try server()
        try await body()
        try await eventually("\(what): a restart", within: limit) {
            guard let now = try server(), now != former else { return false }
            return try await lab.isReady(node)
        }
    }

    func expectEnd(_ what: String, within limit: Duration) async throws {
        try await eventually("\(what): the server's end", within: limit) { try server() == nil }
    }
}
