import Foundation
import LabKit
import Testing
import Trials

@Suite("the lab itself", .serialized)
struct LabTests {
    @Test(
        "each kind of user, may do over SSH what its name says and no more",
        arguments: LabOptions.User.allCases)
    func users(user: LabOptions.User) async throws {
        let (folder, bridge) = try await Harness.withLab(nodes: 1, user: user) { lab in
            let node = lab.nodes[0]
            func succeeds(_ command: String) async throws -> Bool {
                try await Harness.ssh(lab, node, command).status == 0
            }
            #expect(try await succeeds("true"))
            #expect(try await succeeds("docker inspect kube-apiserver") == (user != .sudo))
            #expect(try await succeeds("sudo -n true") == (user != .docker))
            #expect(
                try await succeeds("cat /etc/kubernetes/ssl/kube-ca-key.pem") == (user == .root))
            try await expectRKEShape(lab)
            let octets = node.address.split(separator: ".")
            return (lab.folder, "olab\(octets[2])")
        }
        let left = try Leftovers.seen(folder: folder, interfaces: [bridge, bridge + "n1"])
        #expect(left.names.isEmpty)
    }

    /// The shape that RKE gives kube-apiserver and its sidekick.
    func expectRKEShape(_ lab: Lab) async throws {
        let apiServer = try await lab.inspect("kube-apiserver", on: lab.nodes[0])
        #expect(
            apiServer.entrypoint.prefix(2) == ["/opt/rke-tools/entrypoint.sh", "kube-apiserver"])
        #expect(apiServer.entrypoint.dropFirst(2).allSatisfy { $0.hasPrefix("--") })
        #expect(apiServer.arguments.isEmpty)
        #expect(apiServer.binds == ["/etc/kubernetes:/etc/kubernetes:z"])
        #expect(apiServer.volumesFrom == ["service-sidekick"])
        #expect(apiServer.networkMode == "host")
        #expect(apiServer.restartPolicy == "always")
        #expect(apiServer.status == "running")
        let sidekick = try await lab.inspect("service-sidekick", on: lab.nodes[0])
        #expect(sidekick.status == "created")
        let etcd = try await lab.inspect("etcd", on: lab.nodes[0])
        #expect(etcd.arguments.first == "/usr/local/bin/etcd")
    }

    @Test("three nodes filled, all counted in etcd and read through every server; then gone")
    func filled() async throws {
        let folder = try await Harness.withLab { lab in
            let count = try await lab.fill(secrets: 40)
            #expect(count == 45)
            #expect(try await lab.scan().resources["secrets"] == [StoredCount.plaintext: 45])
            #expect(try await lab.checkValues() == [])
            for status in try await lab.status() {
                #expect(status.sshAnswers && status.engineAnswers)
                #expect(status.apiServer == "ok")
                #expect(status.encryptionArgument == nil)
            }
            return lab.folder
        }
        #expect(try Leftovers.seen(folder: folder).names.isEmpty)
    }

    @Test("a kube-apiserver that ends at once, up fails with its words and leaves nothing")
    func failedUp() async throws {
        let folder = Harness.newFolder()
        let program = folder + "-server"
        defer { try? FileManager.default.removeItem(atPath: program) }
        let script = "#!/bin/sh\n[ \"$1\" = --version ] && echo Kubernetes v9.9.9 || exit 7\n"
        #expect(
            FileManager.default.createFile(
                atPath: program, contents: Data(script.utf8),
                attributes: [.posixPermissions: 0o755]))
        let options = LabOptions(folder: folder, nodes: 1, apiServer: program)
        await #expect(throws: (any Error).self) {
            try await Lab.up(options, patience: .seconds(5))
        }
        #expect(try Leftovers.seen(folder: folder).names.isEmpty)
    }
}
