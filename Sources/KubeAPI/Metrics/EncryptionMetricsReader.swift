internal import Basics

/// Picks the few lines that count out of the megabytes that `/metrics` gives, piece by piece.
struct EncryptionMetricsReader {
    static let prefix = "apiserver_encryption_config_controller_"
    /// No line of ours comes near; a longer one is somebody else's and is passed over.
    private static let lineLimit = 4096

    private var line: [UInt8] = []
    private var isTooLong = false
    private var hashes: Set<String> = []
    private var metrics = EncryptionMetrics()

    mutating func feed(_ bytes: UnsafeRawBufferPointer) {
        for piece in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            if piece.offset > 0 { endLine() }
            if line.count + piece.element.count > Self.lineLimit { isTooLong = true }
            if !isTooLong { line.append(contentsOf: piece.element) }
        }
    }

    mutating func finish() -> EncryptionMetrics {
        endLine()
        // Two hashes at a time would mean that it isn't known which one is in force.
        metrics.loadedConfigSHA256 = hashes.count == 1 ? hashes.first : nil
        return metrics
    }

    private mutating func endLine() {
        defer {
            line.removeAll(keepingCapacity: true)
            isTooLong = false
        }
        guard !isTooLong, line.starts(with: Self.prefix.utf8),
            let text = String(validating: line, as: UTF8.self), let sample = PrometheusSample(text),
            sample.value.isFinite
        else { return }
        take(sample)
    }

    private mutating func take(_ sample: PrometheusSample) {
        let succeeded = sample.labels["status"] == "success"
        switch sample.name.dropFirst(Self.prefix.count) {
        case "last_config_info":
            if sample.value == 1, let hash = sample.labels["hash"], hash.hasPrefix("sha256:") {
                hashes.insert(hash.dropFirst("sha256:".count).lowercased())
            }
        case "automatic_reload_success_total":
            metrics.reloadsSucceeded = greater(metrics.reloadsSucceeded, sample)
        case "automatic_reload_failures_total":
            metrics.reloadsFailed = greater(metrics.reloadsFailed, sample)
        case "automatic_reloads_total":
            // From 1.30 to 1.33 there are both this and the older two, which count the same.
            if succeeded {
                metrics.reloadsSucceeded = greater(metrics.reloadsSucceeded, sample)
            } else {
                metrics.reloadsFailed = greater(metrics.reloadsFailed, sample)
            }
        case "automatic_reload_last_timestamp_seconds":
            guard let moment = sample.moment else { return }
            if succeeded {
                metrics.lastReloadSucceeded = moment
            } else {
                metrics.lastReloadFailed = moment
            }
        default: break
        }
    }

    private func greater(_ known: Int?, _ sample: PrometheusSample) -> Int? {
        guard let count = Int(exactly: sample.value.rounded()) else { return known }
        return max(known ?? 0, count)
    }
}
