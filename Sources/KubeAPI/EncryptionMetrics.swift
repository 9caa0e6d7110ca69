public import Basics
internal import HTTP
internal import Synchronization

/// What a server's metrics tell of the provider config that it has loaded.
///
/// All of them are alpha, and which there are depends on the version: none up to 1.27, reloads
/// from 1.28, the hash from 1.34. Those of reloads appear with the first reload only
/// (`k8s.io/apiserver/pkg/server/options/encryptionconfig/metrics`).
public struct EncryptionMetrics: Sendable, Hashable {
    /// SHA-256 of the file that is in force, in lower-case hexadecimal.
    public var loadedConfigSHA256: String?
    /// Reloads since the server started.
    public var reloadsSucceeded: Int?
    public var reloadsFailed: Int?
    public var lastReloadSucceeded: Timestamp?
    public var lastReloadFailed: Timestamp?

    public init(
        loadedConfigSHA256: String? = nil, reloadsSucceeded: Int? = nil, reloadsFailed: Int? = nil,
        lastReloadSucceeded: Timestamp? = nil, lastReloadFailed: Timestamp? = nil
    ) {
        self.loadedConfigSHA256 = loadedConfigSHA256
        self.reloadsSucceeded = reloadsSucceeded
        self.reloadsFailed = reloadsFailed
        self.lastReloadSucceeded = lastReloadSucceeded
        self.lastReloadFailed = lastReloadFailed
    }
}

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
            let text = String(validating: line, as: UTF8.self), let sample = Sample(text),
            sample.value.isFinite
        else { return }
        take(sample)
    }

    private mutating func take(_ sample: Sample) {
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

    private func greater(_ known: Int?, _ sample: Sample) -> Int? {
        guard let count = Int(exactly: sample.value.rounded()) else { return known }
        return max(known ?? 0, count)
    }
}

/// One line of Prometheus' text format: `name{label="value",…} number`.
private struct Sample {
    let name: String
    let labels: [String: String]
    let value: Double

    init?(_ line: String) {
        let nameEnd = line.firstIndex { $0 == "{" || $0 == " " } ?? line.endIndex
        name = String(line[..<nameEnd])
        var rest = line[nameEnd...]
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest.removeFirst()
            guard Self.takeLabels(from: &rest, into: &labels) else { return nil }
        }
        let number = rest.split(separator: " ").first.flatMap { Double($0) }
        guard let number else { return nil }
        self.labels = labels
        value = number
    }

    /// Up to and with the closing brace.
    private static func takeLabels(
        from rest: inout Substring, into labels: inout [String: String]
    ) -> Bool {
        while let first = rest.first {
            if first == "}" || first == "," {
                rest.removeFirst()
                if first == "}" { return true }
                continue
            }
            guard let equals = rest.firstIndex(of: "=") else { return false }
            let label = String(rest[..<equals])
            rest = rest[rest.index(after: equals)...]
            guard rest.popFirst() == "\"", let value = takeQuoted(from: &rest) else { return false }
            labels[label] = value
        }
        return false
    }

    private static func takeQuoted(from rest: inout Substring) -> String? {
        var value = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return value
            case "\\":
                guard let escaped = rest.popFirst() else { return nil }
                value.append(escaped == "n" ? "\n" : escaped)
            default: value.append(character)
            }
        }
        return nil
    }

    /// The value as a moment; nil where none can be meant.
    var moment: Timestamp? {
        guard value >= 0, value < 1e11 else { return nil }
        let whole = value.rounded(.down)
        return Timestamp(seconds: Int64(whole), nanoseconds: Int32((value - whole) * 1e9))
    }
}

extension APIServer {
    /// Reads the metrics of encryption out of `/metrics`, holding nothing of the rest.
    public func encryptionMetrics() async throws -> EncryptionMetrics {
        let collector = EncryptionMetricsCollector()
        return try await told("reading the API server's metrics") {
            let head = try await exchanger.stream(
                request("GET", "/metrics", accept: "text/plain"), consume: collector.take)
            return try collector.metrics(head)
        }
    }
}

private final class EncryptionMetricsCollector: Sendable {
    private struct State {
        var reader = EncryptionMetricsReader()
        var beginning: [UInt8] = []
    }

    private let state = Mutex(State())

    func take(_ bytes: UnsafeRawBufferPointer) {
        state.withLock { state in
            let room = (16 << 10) - state.beginning.count
            if room > 0 { state.beginning.append(contentsOf: bytes.prefix(room)) }
            state.reader.feed(bytes)
        }
    }

    func metrics(_ head: HTTPHead) throws -> EncryptionMetrics {
        try state.withLock { state in
            guard head.status == 200 else { throw APIFailure(head: head, body: state.beginning) }
            return state.reader.finish()
        }
    }
}
