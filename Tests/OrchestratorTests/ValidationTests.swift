import Basics
import Foundation
import Orchestrator
import Testing

@Suite struct ValidationTests {
    private static let plugin = """
        services:
          kube-api:
            secrets_encryption_config:
              enabled: true
              custom_config:
                apiVersion: apiserver.config.k8s.io/v1
                kind: EncryptionConfiguration
                resources:
                  - resources: [secrets]
                    providers:
                      - kms: {apiVersion: v2, name: p, endpoint: unix:///run/plugin/socket.sock}
                      - identity: {}

        """

    private func validation(_ text: String) async throws -> ClusterSession.Validation {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "cluster.yml").path
        let nodes = "nodes: [{address: 192.0.2.1, user: root, role: [controlplane, etcd]}]\n"
        try Data((nodes + text).utf8).write(to: URL(filePath: file))
        return try await ClusterSession.validate(
            SessionOptions(
                configPath: file, kubeconfigPath: nil, sshAgentAuth: false,
                acceptNewHostKeys: false, ignoreDockerVersion: false,
                environment: ["HOME": "/nonexistent"]))
    }

    @Test(
        "every runtime that can be asked for, taken", arguments: ["auto", "docker", "static-pod"])
    func runtimes(runtime: String) async throws {
        let found = try await validation("orchestrator: {runtime: \(runtime)}\n")
        #expect(found.encryption == "no encryption at rest" && found.advice.isEmpty)
    }

    @Test("a plugin's socket that RKE doesn't mount, advice; where a manifest mounts, none")
    func sockets() async throws {
        let ofRKE = try await validation(Self.plugin)
        #expect(ofRKE.advice.map(\.message).contains { $0.contains("/run/plugin/socket.sock") })
        let ofManifest = try await validation(Self.plugin + "orchestrator: {runtime: static-pod}\n")
        #expect(!ofManifest.advice.map(\.message).contains { $0.contains("/run/plugin") })
    }
}
