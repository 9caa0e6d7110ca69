internal import Basics

/// Reads the top-level block `orchestrator`. It is ours alone, so an unknown field is an error.
struct SettingsReader {
    let paths: PathResolver
    let problems: DiagnosticCollector

    func read(_ block: FieldReader?) -> OrchestratorSettings {
        block?.checkNames(
            used: ["runtime", "reload", "kubeconfig", "api_access", "rewrite", "etcd", "ssh"],
            unknown: .refused)
        let rewrite = block?.section("rewrite")
        rewrite?.checkNames(used: ["pace", "qps", "concurrency"], unknown: .refused)
        let etcd = block?.section("etcd")
        etcd?.checkNames(used: ["evidence"], unknown: .refused)
        let ssh = block?.section("ssh")
        ssh?.checkNames(
            used: ["known_hosts", "connect_timeout", "keepalive_interval"], unknown: .refused)
        return OrchestratorSettings(
            runtime: block?.choice("runtime", of: OrchestratorSettings.Runtime.self) ?? .auto,
            reload: block?.choice("reload", of: OrchestratorSettings.Reload.self) ?? .auto,
            kubeconfig: path("kubeconfig", in: block),
            apiAccess: block?.choice("api_access", of: OrchestratorSettings.APIAccess.self)
                ?? .auto,
            rewrite: .init(
                pace: rewrite?.choice("pace", of: OrchestratorSettings.Pace.self) ?? .auto,
                qps: rewrite?.integer("qps", in: 1...100_000),
                concurrency: rewrite?.integer("concurrency", in: 1...1_024)),
            evidence: etcd?.choice("evidence", of: OrchestratorSettings.Evidence.self)
                ?? .required,
            ssh: .init(
                knownHosts: path("known_hosts", in: ssh),
                connectTimeout: ssh?.duration(
                    "connect_timeout", in: .seconds(1)...(.seconds(600))) ?? .seconds(15),
                keepaliveInterval: ssh?.duration(
                    "keepalive_interval", in: .seconds(1)...(.seconds(600))) ?? .seconds(15)))
    }

    private func path(_ name: String, in block: FieldReader?) -> String? {
        guard let block, let text = block.string(name) else { return nil }
        do {
            return try paths.resolve(text)
        } catch {
            problems.add(error.message, hint: error.hint, at: block.place(of: name))
            return nil
        }
    }
}
