internal import Basics
internal import LabKit
internal import Synchronization

/// A time in which an API server wasn't ready, as seen by asking its `/readyz` again and again.
///
/// It says so itself while it shuts down, while it starts, and where etcd is slow to answer it; only
/// one that can't be connected to is gone.
struct Restart: Sendable, Hashable {
    typealias Instant = ContinuousClock.Instant

    let server: String
    /// What the first look was told that didn't find it ready.
    let reason: String
    /// When the last look began that found it ready.
    let lastReady: Instant
    /// When the first look began that didn't, and when the last one ended.
    var seenDown: ClosedRange<Instant>
    /// The looks among them that met nobody.
    var gone: ClosedRange<Instant>?
    /// When the first look ended that found it ready again; nil while it isn't.
    var readyAgain: Instant?

    /// Whether a request at that time may have met the server on its way down or up.
    func overlaps(_ time: ClosedRange<Instant>) -> Bool {
        time.upperBound >= lastReady && (readyAgain.map { time.lowerBound <= $0 } ?? true)
    }

    fileprivate mutating func saw(_ sight: RestartWatch.Sight, at time: ClosedRange<Instant>) {
        seenDown = seenDown.lowerBound...time.upperBound
        if sight.isGone { gone = (gone?.lowerBound ?? time.lowerBound)...time.upperBound }
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

    fileprivate enum Sight {
        case ready
        case notReady(String)
        case gone(String)

        var isGone: Bool {
            if case .gone = self { true } else { false }
        }
    }

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
            let sight = await look(at: client)
            // A look that was cut off says nothing.
            if Task.isCancelled { return }
            let time = began...ContinuousClock.now
            restarts.withLock { all in
                let last = isDown ? all.lastIndex { $0.server == name } : nil
                switch (sight, last) {
                case (.ready, let last):
                    if let last { all[last].readyAgain = time.upperBound }
                    (isDown, lastReady) = (false, began)
                case (.gone(let reason), nil), (.notReady(let reason), nil):
                    isDown = true
                    all.append(
                        Restart(
                            server: name, reason: reason, lastReady: lastReady, seenDown: time,
                            gone: sight.isGone ? time : nil))
                case (.gone, let last?), (.notReady, let last?):
                    all[last].saw(sight, at: time)
                }
            }
            try? await Task.sleep(for: interval)
        }
    }

    private func look(at client: APIServerClient) async -> Sight {
        do {
            let answer = try await client.send("GET", "/readyz")
            guard answer.status != 200 else { return .ready }
            let failing = String(decoding: answer.body, as: UTF8.self)
                .split(separator: "\n").filter { $0.hasPrefix("[-]") }
            return .notReady("\(answer.status) \(failing.joined(separator: " "))")
        } catch {
            return .gone(Fault(error).message)
        }
    }

    var seen: [Restart] { restarts.withLock(\.self) }

    /// Pairs of servers that were gone at the same time.
    var overlaps: [(Restart, Restart)] {
        let all = seen
        return all.indices.flatMap { first in
            all.indices.dropFirst(first + 1).compactMap { second in
                let (one, other) = (all[first], all[second])
                let areDifferent = one.server != other.server
                guard areDifferent, let first = one.gone, let second = other.gone else {
                    return nil
                }
                return first.overlaps(second) ? (one, other) : nil
            }
        }
    }
}
