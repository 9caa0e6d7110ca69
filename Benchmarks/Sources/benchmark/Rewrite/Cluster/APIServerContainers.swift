internal import Basics
internal import Foundation

/// The containers of all kube-apiservers, as the benchmark has them: with a provider config that
/// it changes between runs, and with a bearer token, for a client that has no certificate.
struct APIServerContainers: Sendable {
    let cluster: BenchmarkCluster
    let token: String
    private let configs: ProviderConfigs

    private static let configPath = "/etc/kubernetes/ssl/encryption.yaml"
    private static let tokenPath = "/etc/kubernetes/ssl/benchmark-tokens.csv"

    /// With a fresh token.
    init(cluster: BenchmarkCluster) throws {
        self.cluster = cluster
        configs = try ProviderConfigs()
        token = String(UInt64.random(in: .min ... .max), radix: 16)
    }

    /// Makes every container anew with the arguments for config and token.
    func equip() throws {
        for node in cluster.nodes {
            try cluster.write(configs.text(0), to: Self.configPath, on: node)
            try cluster.write(
                #"\#(token),benchmark,benchmark,"system:masters""# + "\n", to: Self.tokenPath,
                on: node)
            try recreate(on: node)
        }
    }

    /// Gives every server the config of that number and restarts it. Doesn't wait until it's ready.
    func change(to number: Int) throws {
        for node in cluster.nodes {
            try cluster.write(configs.text(number), to: Self.configPath, on: node)
        }
        for node in cluster.nodes {
            try cluster.run(["docker", "restart", "--time", "3", "kube-apiserver"], on: node)
        }
    }

    /// The Docker Engine takes back what it tells of a container.
    private func recreate(on node: BenchmarkCluster.Node) throws {
        let text = try cluster.run(["docker", "inspect", "kube-apiserver"], on: node)
        let inspections = try JSONSerialization.jsonObject(with: text) as? [[String: Any]]
        guard let former = inspections?.first, var request = former["Config"] as? [String: Any],
            let host = former["HostConfig"], let entrypoint = request["Entrypoint"] as? [String]
        else { throw Fault(.remote, "docker inspect kube-apiserver told something else") }
        request["HostConfig"] = host
        request["Hostname"] = nil
        request["Entrypoint"] =
            entrypoint + [
                "--encryption-provider-config=\(Self.configPath)",
                "--token-auth-file=\(Self.tokenPath)",
            ]
        let body = String(
            decoding: try JSONSerialization.data(withJSONObject: request), as: UTF8.self)
        try cluster.run(["docker", "rm", "--force", "kube-apiserver"], on: node)
        try cluster.run(
            [
                "curl", "--silent", "--show-error", "--fail-with-body", "--unix-socket",
                "/run/docker.sock", "--header", "Content-Type: application/json", "--data", body,
                "http://docker/v1.41/containers/create?name=kube-apiserver",
            ], on: node)
        try cluster.run(["docker", "start", "kube-apiserver"], on: node)
    }
}
