internal import NIOConcurrencyHelpers

/// The metrics that tell which provider configuration is in force, under the names and by the
/// rules of the version that is acted.
final class Metrics: Sendable {
    private struct State: Sendable {
        var hash: String?
        var successes = 0
        var failures = 0
        var lastSuccess: WallTime?
        var lastFailure: WallTime?
    }

    private let version: KubernetesVersion
    /// SHA-256 of this server's identity, as a label.
    private let identity: String
    private let state = NIOLockedValueBox(State())

    init(version: KubernetesVersion, identity: String) {
        self.version = version
        self.identity = "sha256:" + hexadecimal(Digest.sha256(Array(identity.utf8)))
    }

    func started(with hash: String?) { state.withLockedValue { $0.hash = hash } }

    func reloaded(_ hash: String?) {
        state.withLockedValue { state in
            state.hash = hash
            state.successes += 1
            state.lastSuccess = .now()
        }
    }

    func failedToReload() {
        state.withLockedValue { state in
            state.failures += 1
            state.lastFailure = .now()
        }
    }

    /// The text format of Prometheus, version 0.0.4.
    var text: String {
        let state = state.withLockedValue { $0 }
        var out = family("last_config_info", "gauge", configInfo(state))
        out += family("automatic_reloads_total", "counter", reloadsTotal(state))
        out += family("automatic_reload_success_total", "counter", successTotal(state))
        out += family("automatic_reload_failures_total", "counter", failuresTotal(state))
        out += family("automatic_reload_last_timestamp_seconds", "gauge", timestamps(state))
        return out + buildInfo
    }

    private func family(_ name: String, _ type: String, _ samples: [(String, String)]) -> String {
        guard !samples.isEmpty else { return "" }
        let full = "apiserver_encryption_config_controller_\(name)"
        let lines = samples.map { labels, value in
            full + (labels.isEmpty ? "" : "{\(labels)}") + " \(value)\n"
        }.joined()
        return "# HELP \(full) [ALPHA] See the metrics reference of Kubernetes.\n"
            + "# TYPE \(full) \(type)\n" + lines
    }

    /// The labels of a sample, the server's own among them from 1.29 on.
    private func labels(_ others: String...) -> String {
        ((version.namesServerInMetrics ? ["apiserver_id_hash=\"\(identity)\""] : []) + others)
            .joined(separator: ",")
    }

    private func configInfo(_ state: State) -> [(String, String)] {
        guard version.hasConfigInfoMetric, let hash = state.hash else { return [] }
        return [(labels("hash=\"\(hash)\""), "1")]
    }

    private func reloadsTotal(_ state: State) -> [(String, String)] {
        guard version.hasReloadsTotalMetric else { return [] }
        return [("success", state.successes), ("failure", state.failures)].compactMap {
            $0.1 == 0 ? nil : (labels("status=\"\($0.0)\""), String($0.1))
        }
    }

    private func successTotal(_ state: State) -> [(String, String)] {
        guard version.hasSuccessAndFailureMetrics, state.successes > 0 else { return [] }
        return [(labels(), String(state.successes))]
    }

    private func failuresTotal(_ state: State) -> [(String, String)] {
        guard version.hasSuccessAndFailureMetrics, state.failures > 0 else { return [] }
        return [(labels(), String(state.failures))]
    }

    private func timestamps(_ state: State) -> [(String, String)] {
        guard version.hasReloadTimestampMetric else { return [] }
        return [("success", state.lastSuccess), ("failure", state.lastFailure)].compactMap { pair in
            pair.1.map { (labels("status=\"\(pair.0)\""), Self.number(of: $0)) }
        }
    }

    /// Seconds as Prometheus' library prints a number of this size: `1.7637265e+09`.
    static func number(of time: WallTime) -> String {
        let seconds = Double(time.seconds) + Double(time.nanoseconds) / 1e9
        let digits = "\(seconds)".filter { $0 != "." }
        let exponent = "\(time.seconds)".count - 1
        let shortest = digits.reversed().drop { $0 == "0" }.reversed()
        let fraction = String(shortest.dropFirst())
        return "\(digits.prefix(1))\(fraction.isEmpty ? "" : "." + fraction)e+"
            + (exponent < 10 ? "0" : "") + "\(exponent)"
    }

    private var buildInfo: String {
        "# TYPE kubernetes_build_info gauge\nkubernetes_build_info{git_version=\"\(version.text)\","
            + "major=\"\(version.major)\",minor=\"\(version.minor)\"} 1\n"
    }
}
