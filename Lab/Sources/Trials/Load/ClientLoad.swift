internal import Basics
internal import LabKit
internal import Synchronization

/// Clients that create, change, read, list and delete Secrets through all API servers of a lab
/// while something happens to it, and the judgement of all that they saw.
package struct ClientLoad: Sendable {
    /// How many there are, each with objects of its own.
    package var clients = 6
    package var objectsEach = 15
    /// How long a client waits between two requests.
    package var pace = Duration.milliseconds(5)
    package var seed: UInt64 = 0

    package init() {}

    /// Before and after what happens, so that clients see the cluster at rest, too.
    private static let margin = Duration.seconds(1)
    /// Longer than kube-apiserver's own limit of a minute: what had no answer then gets none, and
    /// takes no effect any more.
    private static let requestTimeout = Duration.seconds(70)

    struct Outcome: Sendable {
        let counts: LoadCounts
        let wrong: [WrongAnswer]
        let restarts: [Restart]
    }

    /// - Returns: what the body gives, and what the clients saw meanwhile.
    func during<Value: Sendable>(
        _ lab: Lab, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> (Value, Outcome) {
        let servers = try newClients(lab)
        let reader = LoadReader(ledger: Ledger(objects: objects), findings: Findings())
        let closing = LoadClosing(reader: reader, servers: servers, lab: lab)
        let watch = try RestartWatch(lab)
        do {
            try await makeNamespaces(servers[0])
            let watching = Task { await watch.run() }
            defer { watching.cancel() }
            let value = try await run(lab, reader, body)
            try await closing.run(watch)
            for server in servers { await server.shutdown() }
            let (findings, restarts) = (reader.findings, watch.seen)
            return (
                value,
                Outcome(
                    counts: findings.counts, wrong: findings.wrongAnswers, restarts: restarts)
            )
        } catch {
            for server in servers { await server.shutdown() }
            throw error
        }
    }

    private func newClients(_ lab: Lab) throws -> [APIServerClient] {
        try lab.nodes.map { try lab.administrator(of: $0, requestTimeout: Self.requestTimeout) }
    }

    private var objects: [LoadObject] {
        (0..<clients).flatMap { client in
            (0..<objectsEach).map { number in
                LoadObject(
                    namespace: LoadObject.namespaces[number % LoadObject.namespaces.count],
                    name: "client-\(client)-object-\(number)")
            }
        }
    }

    /// The stand-in knows no Namespaces and takes any.
    private func makeNamespaces(_ server: APIServerClient) async throws {
        for namespace in LoadObject.namespaces {
            let body = Array(#"{"metadata":{"name":"\#(namespace)"}}"#.utf8)
            _ = try await server.send("POST", "/api/v1/namespaces", body: body)
        }
    }

    private func run<Value: Sendable>(
        _ lab: Lab, _ reader: LoadReader, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let stop = StopFlag()
        let all = reader.ledger.objects
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<clients {
                let own = Array(all[number * objectsEach..<(number + 1) * objectsEach])
                let servers = try newClients(lab)
                var client = LoadClient(
                    own: own, servers: servers, home: number % servers.count, reader: reader,
                    seed: seed &* 1000 &+ UInt64(number), pace: pace)
                group.addTask {
                    do { try await client.run(until: stop) } catch {
                        // A task of its own, since this one may be cancelled.
                        await Task { for server in servers { await server.shutdown() } }.value
                        throw error
                    }
                    for server in servers { await server.shutdown() }
                }
            }
            try await Task.sleep(for: Self.margin)
            let value = try await body()
            try await Task.sleep(for: Self.margin)
            stop.set()
            try await group.waitForAll()
            return value
        }
    }
}

/// Lets clients end with a whole request, which cancelling them wouldn't.
final class StopFlag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }
    func set() { flag.store(true, ordering: .relaxed) }
}
