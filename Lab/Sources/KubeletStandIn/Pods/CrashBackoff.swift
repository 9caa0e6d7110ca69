/// How long the kubelet waits before it starts a container again that has ended.
///
/// The first time it doesn't wait; then 10 s from the container's end, doubled each time up to
/// 300 s, and forgotten when a container has run for twice that (`doBackOff` in
/// `pkg/kubelet/kuberuntime`, `client-go/util/flowcontrol`).
struct CrashBackoff: Sendable {
    static let (first, longest) = (Duration.seconds(10), Duration.seconds(300))

    private struct Entry {
        var wait: Duration
        var updated: Duration
    }

    private var entries: [String: Entry] = [:]

    /// - Parameters:
    ///   - key: of pod and container. A pod of another identity begins anew.
    ///   - end: when the container ended.
    /// - Returns: when it may be started again.
    mutating func restart(_ key: String, endedAt end: Duration) -> Duration {
        guard let entry = entries[key], end - entry.updated <= Self.longest * 2 else {
            entries[key] = Entry(wait: Self.first, updated: end)
            return end
        }
        let start = end + entry.wait
        entries[key] = Entry(wait: min(entry.wait * 2, Self.longest), updated: start)
        return start
    }

    mutating func forget(prefix: String) {
        entries = entries.filter { !$0.key.hasPrefix(prefix) }
    }
}
