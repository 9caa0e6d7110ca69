import Foundation
import Testing

@testable import LabKit

@Suite("the manifests of a lab's static pods")
struct StaticPodManifestsTests {
    private func manifests(
        _ version: String, _ runtime: NodeRuntime, environment: [String: String] = [:]
    ) throws -> (StaticPodManifests, LabNode) {
        let version = try #require(KubernetesVersion(printed: version))
        let nodes = (1...3).map {
            LabNode(number: $0, labIndex: 7, folder: "/nowhere", runtime: runtime)
        }
        let manifests = StaticPodManifests(
            nodes: nodes, version: version, images: Images(version: version),
            serverEnvironment: environment, serverArguments: [])
        return (manifests, nodes[1])
    }

    /// Up to the volumes, of which there are as many as the host of whoever ran kubeadm had folders
    /// of certificate authorities; addresses left out.
    private func shape(_ text: String) -> [Substring] {
        text.replacing(/[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+/, with: "<address>")
            .split(separator: "\n").prefix { $0 != "    volumeMounts:" }
    }

    @Test(
        "kube-apiserver's up to its volumes, those of the repository's corpus",
        arguments: [
            ("kubeadm-1.31.yaml", NodeRuntime.kubeadm), ("kubeadm-1.36.yaml", .kubeadm),
            ("minikube-1.32.yaml", .minikube),
        ])
    func asKubeadm(file: String, runtime: NodeRuntime) throws {
        let path = "\(#filePath)/../../../../fixtures/manifests/changed/\(file)"
        let real = try String(
            contentsOf: URL(fileURLWithPath: path).standardizedFileURL, encoding: .utf8)
        let image = try #require(real.firstMatch(of: /kube-apiserver:(v[0-9.]+)/)).1
        let (manifests, node) = try manifests(String(image), runtime)
        let text = manifests.text(of: .apiServer, on: node)
        #expect(shape(text) == shape(real))
        let folder = runtime.certificates
        #expect(text.contains("    - mountPath: \(folder)\n      name: k8s-certs\n"))
        #expect(
            text.contains("  - hostPath:\n      path: \(folder)\n      type: DirectoryOrCreate\n"))
    }

    @Test("an environment for the server, in its container; etcd has none")
    func environment() throws {
        let (manifests, node) = try manifests(
            "v1.36.2", .kubeadm, environment: ["B": "2", "A": "1"])
        let server = manifests.text(of: .apiServer, on: node)
        #expect(
            server.contains(
                "    env:\n    - name: A\n      value: \"1\"\n    - name: B\n      value: \"2\"\n"))
        #expect(!manifests.text(of: .etcd, on: node).contains("env:"))
    }

    @Test("etcd's, this node's member of a cluster of all")
    func etcd() throws {
        let (manifests, node) = try manifests("v1.36.2", .minikube)
        let text = manifests.text(of: .etcd, on: node)
        #expect(text.contains("    - --name=node2\n"))
        #expect(text.contains("    - --data-dir=/var/lib/minikube/etcd\n"))
        for number in 1...3 {
            #expect(text.contains("node\(number)=https://198.18.7.\(10 + number):2380"))
        }
        #expect(!text.contains("initial-cluster-token"))
    }
}
