import Testing

@testable import StandIn

@Suite("automatic reload")
struct ReloadTests {
    private static let prefix = "apiserver_encryption_config_controller_"

    /// Names and labels, without values, of what a version shows after a start with a file, a
    /// reload and a failure.
    private func samples(_ version: String) throws -> [String] {
        let version = try #require(KubernetesVersion(version))
        let metrics = Metrics(version: version, identity: "node1")
        metrics.started(with: "sha256:old")
        metrics.reloaded("sha256:new")
        metrics.failedToReload()
        return metrics.text.split(separator: "\n").filter { $0.hasPrefix(Self.prefix) }.map {
            String($0.dropFirst(Self.prefix.count).prefix { $0 != " " })
                .replacing(/apiserver_id_hash="sha256:[0-9a-f]{64}"/, with: "ID")
        }
    }

    @Test(
        "each version, shows the metrics that it has under their labels",
        arguments: [
            ("v1.27.16", []),
            (
                "v1.28.15",
                [
                    "automatic_reload_success_total", "automatic_reload_failures_total",
                    "automatic_reload_last_timestamp_seconds{status=\"success\"}",
                    "automatic_reload_last_timestamp_seconds{status=\"failure\"}",
                ]
            ),
            (
                "v1.29.14",
                [
                    "automatic_reload_success_total{ID}", "automatic_reload_failures_total{ID}",
                    "automatic_reload_last_timestamp_seconds{ID,status=\"success\"}",
                    "automatic_reload_last_timestamp_seconds{ID,status=\"failure\"}",
                ]
            ),
            (
                "v1.33.5",
                [
                    "automatic_reloads_total{ID,status=\"success\"}",
                    "automatic_reloads_total{ID,status=\"failure\"}",
                    "automatic_reload_last_timestamp_seconds{ID,status=\"success\"}",
                    "automatic_reload_last_timestamp_seconds{ID,status=\"failure\"}",
                ]
            ),
            (
                "v1.36.2",
                [
                    "last_config_info{ID,hash=\"sha256:new\"}",
                    "automatic_reloads_total{ID,status=\"success\"}",
                    "automatic_reloads_total{ID,status=\"failure\"}",
                    "automatic_reload_last_timestamp_seconds{ID,status=\"success\"}",
                    "automatic_reload_last_timestamp_seconds{ID,status=\"failure\"}",
                ]
            ),
        ] as [(String, [String])])
    func metrics(version: String, expected: [String]) throws {
        #expect(try samples(version) == expected)
    }

    @Test("a time, printed as Prometheus' library does")
    func time() {
        let times: [(Int64, Int32)] = [
            (1_763_726_502, 0), (1_763_726_500, 0), (1_763_726_502, 5_000_000),
        ]
        let printed = times.map { Metrics.number(of: WallTime(seconds: $0, nanoseconds: $1)) }
        #expect(printed == ["1.763726502e+09", "1.7637265e+09", "1.763726502005e+09"])
    }

    @Test("looks that find nothing wrong, made at once and in even intervals")
    func polls() {
        let start = ContinuousClock.now
        var schedule = ReloadSchedule(every: .seconds(60), from: start)
        var looks: [Duration] = []
        for _ in 0..<3 {
            looks.append(schedule.next - start)
            schedule.looked(at: schedule.next, failed: false)
        }
        #expect(looks == [0, 60, 120].map { .seconds($0) })
    }

    @Test("looks that fail, made again after waits that double, and at every interval")
    func failures() {
        let start = ContinuousClock.now
        var schedule = ReloadSchedule(every: .milliseconds(100), from: start)
        var looks: [Duration] = []
        for _ in 0..<9 {
            looks.append(schedule.next - start)
            schedule.looked(at: schedule.next, failed: true)
        }
        #expect(looks == [0, 5, 15, 35, 75, 100, 155, 200, 300].map { .milliseconds($0) })
        // A success doesn't make the next failure a first one.
        schedule.looked(at: schedule.next, failed: false)
        let failed = schedule.next
        schedule.looked(at: failed, failed: true)
        #expect(schedule.next - failed == .milliseconds(25))
    }
}
