internal import Basics
internal import Foundation

/// RKE's rule, in a client of this benchmark: pages of 250 whole objects, five workers that put
/// them back as they are, and the limit of requests that a client of client-go has unless it is
/// told otherwise, 5 a second after a burst of 10.
///
/// Nothing but the limit decides how long it takes, so a sample of the objects is enough.
struct RKERuleContestant: RewriteContestant {
    let name = "RKE's rule"
    let sample: Int? = 100
    /// What the sample leaves has to be rewritten before the next run.
    let greatestCount = 10_000

    private static let pageSize = 250
    private static let workers = 5

    func rewrite(_ arena: RewriteArena) async throws -> RewriteEffort {
        let client = try ServerClient(arena.cluster.nodes[0], of: arena.cluster)
        let rate = TokenRate(perSecond: 5, burst: 10)
        let clock = ContinuousClock()
        let start = clock.now
        let objects = try await objects(
            client, rate, wanted: min(sample ?? 0, arena.secrets.all.count))
        try await withThrowingTaskGroup(of: Void.self) { workers in
            for (number, object) in objects.enumerated() {
                if number >= Self.workers { try await workers.next() }
                workers.addTask {
                    try await rate.take()
                    try await client.send("PUT", object.path, body: object.body)
                }
            }
            try await workers.waitForAll()
        }
        let seconds = (clock.now - start) / .seconds(1)
        await client.shutdown()
        return RewriteEffort(seconds: seconds, objects: objects.count)
    }

    private struct Object: Sendable {
        let path: String
        let body: [UInt8]
    }

    /// As many as wanted, of as many pages as they need.
    private func objects(
        _ client: ServerClient, _ rate: TokenRate, wanted: Int
    ) async throws -> [Object] {
        var objects: [Object] = []
        var path = "/api/v1/secrets?limit=\(Self.pageSize)"
        while objects.count < wanted {
            try await rate.take()
            let answer = try await client.send("GET", path)
            let page = try JSONSerialization.jsonObject(with: Data(answer)) as? [String: Any]
            let items = page?["items"] as? [[String: Any]] ?? []
            objects += try items.map(Self.object)
            let metadata = page?["metadata"] as? [String: Any]
            guard let token = metadata?["continue"] as? String, !token.isEmpty else { break }
            let encoded = token.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
            path = "/api/v1/secrets?limit=\(Self.pageSize)&continue=\(encoded ?? "")"
        }
        return Array(objects.prefix(wanted))
    }

    private static func object(_ item: [String: Any]) throws -> Object {
        guard let metadata = item["metadata"] as? [String: Any],
            let namespace = metadata["namespace"] as? String, let name = metadata["name"] as? String
        else { throw Fault(.remote, "the list has an object without a name") }
        let whole = item.merging(["apiVersion": "v1", "kind": "Secret"]) { $1 }
        return Object(
            path: "/api/v1/namespaces/\(namespace)/secrets/\(name)",
            body: Array(try JSONSerialization.data(withJSONObject: whole)))
    }
}
