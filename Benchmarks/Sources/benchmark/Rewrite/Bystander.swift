internal import Basics
internal import Synchronization

/// Another client of the cluster, that reads and updates an object of its own at a steady pace,
/// whatever the answers take.
struct Bystander: Sendable {
    /// Between two requests.
    static let interval = Duration.milliseconds(50)

    private let client: ServerClient
    private let path: String

    /// Makes its object.
    init(_ client: ServerClient, namespace: String) async throws {
        self.client = client
        let configMaps = "/api/v1/namespaces/\(namespace)/configmaps"
        path = configMaps + "/bystander"
        let body = #"{"metadata":{"name":"bystander"},"data":{"beat":"0"}}"#
        try await client.send(
            "POST", configMaps, body: Array(body.utf8), accepting: [201, 409])
    }

    /// What it saw during something.
    struct Sight: Sendable {
        struct Request: Sendable {
            /// Since the beginning.
            let due: Duration
            /// From then to the answer; nil where there was no good one.
            let milliseconds: Double?
        }

        /// By `BootTime`.
        var began = 0.0
        var requests: [Request] = []

        /// In milliseconds.
        var latencies: [Double] { requests.compactMap(\.milliseconds) }
        var failed: Int { requests.count { $0.milliseconds == nil } }

        /// Only what was due so long after the beginning, or later.
        func since(_ moment: Duration) -> Sight {
            Sight(began: began, requests: requests.filter { $0.due >= moment })
        }

        /// What was due within these times, by `BootTime`, and what was due outside; without what
        /// was due so shortly after a change from one to the other that it may be of both.
        func parted(by times: [Range<Double>]) -> (within: Sight, outside: Sight) {
            let changes = times.flatMap { [$0.lowerBound, $0.upperBound] }
            var parts = (within: Sight(began: began), outside: Sight(began: began))
            for request in requests {
                let due = began + request.due / .seconds(1)
                if changes.contains(where: { $0 <= due && due < $0 + Self.transition }) { continue }
                if times.contains(where: { $0.contains(due) }) {
                    parts.within.requests.append(request)
                } else {
                    parts.outside.requests.append(request)
                }
            }
            return parts
        }

        /// In seconds.
        private static let transition = 0.2
    }

    func shutdown() async { await client.shutdown() }

    /// Goes on as long as `body` does.
    func watch<Value: Sendable>(
        _ body: @Sendable () async throws -> Value
    ) async throws -> (Value, Sight) {
        let isOver = Flag()
        async let sight = beat(until: isOver)
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        isOver.raise()
        return (try result.get(), await sight)
    }

    private func beat(until isOver: Flag) async -> Sight {
        await withTaskGroup(of: Sight.Request.self) { requests in
            let clock = ContinuousClock()
            let (start, began) = (clock.now, BootTime.now)
            var number = 0
            while !isOver.isRaised {
                // Counted from when it was due, so that a request that was held up itself counts.
                let (due, current) = (Self.interval * number, number)
                try? await clock.sleep(until: start + due)
                requests.addTask {
                    do { try await request(current) } catch {
                        return Sight.Request(due: due, milliseconds: nil)
                    }
                    let latency = clock.now - start - due
                    return Sight.Request(due: due, milliseconds: latency / .milliseconds(1))
                }
                number += 1
            }
            return await requests.reduce(into: Sight(began: began)) { $0.requests.append($1) }
        }
    }

    private func request(_ number: Int) async throws {
        guard number.isMultiple(of: 2) else {
            try await client.send("GET", path)
            return
        }
        try await client.send(
            "PATCH", path, body: Array(#"{"data":{"beat":"\#(number)"}}"#.utf8),
            type: "application/merge-patch+json")
    }
}

/// Raised once, by whoever else has it.
private final class Flag: Sendable {
    private let state = Atomic(false)

    var isRaised: Bool { state.load(ordering: .acquiring) }

    func raise() { state.store(true, ordering: .releasing) }
}
