/// Looks at the provider configuration file from time to time and takes a changed one into use;
/// a bad one leaves the old in force, and each look at it counts as a failure.
struct ConfigReloader: Sendable {
    let path: String
    let version: KubernetesVersion
    let store: ObjectStore
    let metrics: Metrics
    let interval: Duration

    func run() async {
        let clock = ContinuousClock()
        var schedule = ReloadSchedule(every: interval, from: clock.now)
        while !Task.isCancelled {
            do { try await clock.sleep(until: schedule.next) } catch { return }
            var hasFailed = false
            do { try look() } catch {
                hasFailed = true
                metrics.failedToReload()
                logLine("E", "error processing encryption config file \(path): \(error)")
            }
            schedule.looked(at: clock.now, failed: hasFailed)
        }
    }

    private func look() throws {
        let bytes = try fileBytes(path)
        let hash = "sha256:" + hexadecimal(Digest.sha256(bytes))
        guard hash != store.currentRules.hash else { return }
        let rules = try EncryptionRules(file: path, bytes: bytes, version: version, reload: true)
        store.use(rules)
        metrics.reloaded(rules.hash)
    }
}
