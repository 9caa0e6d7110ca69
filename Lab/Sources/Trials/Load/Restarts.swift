internal import Basics
internal import LabKit
internal import Synchronization

/// A time in which an API server wasn't ready, as seen by asking its `/readyz` again and again.
struct Restart: Sendable, Hashable {
    typealias Instant = ContinuousClock.Instant

    let server: String
    /// What the first look was told that didn't find it ready.
    let reason: String
    /// When the last look began that found it ready.
    let lastReady: Instant
    /// When the first look began that didn't, and when the last one ended.
    var seenDown: ClosedRange<Instant>
    /// When the first look ended that found it ready again; nil while it isn't.
    var readyAgain: Instant?

    /// Whether a request at that time may have met the server on its way down or up.
    func overlaps(_ time: ClosedRange<Instant>) -> Bool {
        time.upperBound >= lastReady && (readyAgain.map { time.lowerBound <= $0 } ?? true)
    }

    /// How long it wasn't ready, at least.
    var seconds: Double {
        (seenDown.upperBound - seenDown.lowerBound) / .seconds(1)
    }
}

/// Looks at every API server, on a connection of its own, while the load runs.
final class RestartWatch: Sendable {
    private let clients: [APIServerClient]
    private let restarts = Mutex<[Restart]>([])
    private let interval = Duration.milliseconds(50)

    init(_ lab: Lab) throws {
        clients = try lab.nodes.map {
            // A slow answer on a busy machine isn't a server that is down.
            try lab.administrator(of: $0, requestTimeout: .seconds(30))
        }
    }

    /// Runs until it's cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for client in clients { group.addTask { await self.watch(client) } }
        }
        for client in clients { await client.shutdown() }
    }

    private func watch(_ client: APIServerClient) async {
        let name = client.node.name
        var lastReady = ContinuousClock.now
        var isDown = false
        while !Task.isCancelled {
            let began = ContinuousClock.now
            let problem = await problem(of: client)
            // A look that was cut off says nothing.
            if Task.isCancelled { return }
            let ended = ContinuousClock.now
            restarts.withLock { all in
                guard let problem else {
                    if isDown, let last = all.lastIndex(where: { $0.server == name }) {
                        all[last].readyAgain = ended
                    }
                    (isDown, lastReady) = (false, began)
                    return
                }
                if isDown, let last = all.lastIndex(where: { $0.server == name }) {
                    all[last].seenDown = all[last].seenDown.lowerBound...ended
                } else {
                    isDown = true
                    all.append(
                        Restart(
                            server: name, reason: problem, lastReady: lastReady,
                            seenDown: began...ended))
                }
            }
            try? await Task.sleep(for: interval)
        }
    }

    /// - Returns: nil where it's ready.
    private func problem(of client: APIServerClient) async -> String? {
        do {
            let answer = try await client.send("GET", "/readyz")
            guard answer.status != 200 else { return nil }
            let failing = String(decoding: answer.body, as: UTF8.self)
                .split(separator: "\n").filter { $0.hasPrefix("[-]") }
            return "\(answer.status) \(failing.joined(separator: " "))"
        } catch {
            return Fault(error).message
        }
    }

    var seen: [Restart] { restarts.withLock(\.self) }

    /// Pairs of servers that weren't ready at the same time.
    var overlaps: [(Restart, Restart)] {
        let all = seen
        return all.indices.flatMap { first in
            all.indices.dropFirst(first + 1).compactMap { second in
                let (one, other) = (all[first], all[second])
                let areDifferent = one.server != other.server
                return areDifferent && one.seenDown.overlaps(other.seenDown) ? (one, other) : nil
            }
        }
    }
}
