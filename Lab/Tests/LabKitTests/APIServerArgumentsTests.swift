import Testing

@testable import LabKit

@Suite("kube-apiserver's arguments")
struct APIServerArgumentsTests {
    let nodes = (1...3).map {
        LabNode(number: $0, labIndex: 7, folder: "/nowhere", runtime: .docker)
    }

    @Test(
        "a printed version, read",
        arguments: [
            ("Kubernetes v1.36.2\n", 36, "v1.36.2"), ("Kubernetes v1.25.9-rc.1+abc", 25, nil),
            ("Kubernetes v1.30", 30, "v1.30"),
        ] as [(String, Int, String?)])
    func version(printed: String, minor: Int, text: String?) throws {
        let version = try #require(KubernetesVersion(printed: printed))
        #expect(version.major == 1)
        #expect(version.minor == minor)
        if let text { #expect(version.text == text) }
    }

    @Test("no version printed, none read", arguments: ["", "Kubernetes", "very new", "v", "v1"])
    func noVersion(printed: String) {
        #expect(KubernetesVersion(printed: printed) == nil)
    }

    @Test("arguments that a version has dropped, not passed")
    func dropped() throws {
        let old = try #require(KubernetesVersion(printed: "Kubernetes v1.25.9"))
        let new = try #require(KubernetesVersion(printed: "Kubernetes v1.36.2"))
        let oldOptions = APIServerArguments(node: nodes[0], nodes: nodes, version: old).options
        let newOptions = APIServerArguments(node: nodes[0], nodes: nodes, version: new).options
        #expect(
            Set(oldOptions.keys).subtracting(newOptions.keys) == ["cloud-provider", "logtostderr"])
        #expect(Set(newOptions.keys).isSubset(of: oldOptions.keys))
    }

    @Test("a node's own etcd member, named first")
    func etcdServers() throws {
        let version = try #require(KubernetesVersion(printed: "Kubernetes v1.36.2"))
        let options = APIServerArguments(node: nodes[1], nodes: nodes, version: version).options
        #expect(
            options["etcd-servers"]
                == "https://198.18.7.12:2379,https://198.18.7.11:2379,https://198.18.7.13:2379")
        #expect(options["advertise-address"] == "198.18.7.12")
    }
}
