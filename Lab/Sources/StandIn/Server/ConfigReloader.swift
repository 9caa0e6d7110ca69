/// Looks at the provider configuration file from time to time and takes a changed one into use;
/// a bad one leaves the old in force.
struct ConfigReloader: Sendable {
    let path: String
    let version: KubernetesVersion
    let store: ObjectStore
    let metrics: Metrics
    let interval: Duration

    func run() async {
        var refused: [UInt8]?
        while !Task.isCancelled {
            do { try await Task.sleep(for: interval) } catch { return }
            do {
                let bytes = try fileBytes(path)
                let hash = "sha256:" + hexadecimal(Digest.sha256(bytes))
                guard hash != store.currentRules.hash else {
                    refused = nil
                    continue
                }
                if bytes == refused { metrics.failedToReload() }
                guard bytes != refused else { continue }
                refused = bytes
                let rules = try EncryptionRules(
                    file: path, bytes: bytes, version: version, reload: true)
                store.use(rules)
                metrics.reloaded(rules.hash)
                refused = nil
            } catch {
                metrics.failedToReload()
                logLine("E", "error processing encryption config file \(path): \(error)")
            }
        }
    }
}
