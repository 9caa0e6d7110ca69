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

extension APIServer {
    /// Reads the metrics of encryption out of `/metrics`, holding nothing of the rest: two
    /// megabytes in 1.36, a twentieth of that when compressed.
    public func encryptionMetrics() async throws -> EncryptionMetrics {
        let collector = EncryptionMetricsCollector()
        return try await told("reading the API server's metrics") {
            let head = try await exchanger.stream(
                request(
                    "GET", "/metrics", accept: "text/plain", mayBeCompressed: true),
                consume: collector.take)
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
