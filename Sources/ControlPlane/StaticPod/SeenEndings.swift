/// How often servers have ended while one is waited for: by the processes that were seen and are
/// gone, or by the kubelet's attempts at a pod, whichever says more; short ones are missed between
/// looks.
struct SeenEndings {
    private var seen: Set<String> = []
    /// Processes and pods whose ends are wanted, so don't count.
    private let former: (processes: Set<String>, pods: Set<String>)
    private let firstAttempts: [String: Int]

    /// From now on, of whatever runs.
    init(since first: StaticPodRuntime.Server) {
        former = ([], [])
        firstAttempts = first.sight.attempts
    }

    /// Of what comes in the place of the server.
    init(after former: StaticPodRuntime.Server) {
        self.former = (
            Set(former.processes.map(\.identity)), Set(former.sight.logs.map(\.folder))
        )
        firstAttempts = [:]
    }

    /// Whether any process was seen that hadn't been there before.
    var isAnyStarted: Bool { !seen.isEmpty }

    mutating func count(in server: StaticPodRuntime.Server) -> Int {
        let running = Set(server.processes.map(\.identity)).subtracting(former.processes)
        seen.formUnion(running)
        let attempts = server.sight.attempts.filter { !former.pods.contains($0.key) }
            .map { pod, attempt in attempt - firstAttempts[pod, default: 0] }
        return max(seen.count - running.count, attempts.max() ?? 0)
    }
}

extension StaticPodSight {
    /// The kubelet's last attempt at each pod of kube-apiserver, by the folder of its logs.
    fileprivate var attempts: [String: Int] {
        Dictionary(logs.map { ($0.folder, $0.attempt) }, uniquingKeysWith: max)
    }
}
