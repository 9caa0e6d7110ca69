internal import Basics
internal import Foundation

extension Lab {
    /// Makes `secrets` more Secrets of known values through all API servers, and with the first
    /// ones five of special kinds.
    ///
    /// - Parameter size: bytes of each value; 0 to 1,000,000.
    /// - Returns: how many there are now in all.
    public func fill(secrets: Int, size: Int = 256) async throws -> Int {
        var workload = try Workload.read(folder: folder)
        let first = workload.batches.last.map { $0.first + $0.count } ?? 0
        let special = workload.batches.isEmpty ? Workload.special : []
        // Written first: what was begun is known to `scan`, which then tells what is missing.
        workload.batches.append(.init(first: first, count: secrets, size: size))
        try workload.write(folder: folder)
        let items = special + (first..<first + secrets).map { Workload.item($0, size: size) }
        try await withAPIClients { clients in
            for namespace in Workload.namespaces {
                // The stand-in knows no Namespaces and takes any.
                try await clients[0].send(
                    "POST", "/api/v1/namespaces",
                    body: Array(#"{"metadata":{"name":"\#(namespace)"}}"#.utf8),
                    accepting: [201, 409, 404, 405])
            }
            try await create(items, through: clients)
        }
        return workload.count
    }

    private func create(_ items: [Workload.Item], through clients: [LabClient]) async throws {
        let inFlight = 64
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, item) in items.enumerated() {
                if number >= inFlight { try await group.next() }
                let client = clients[number % clients.count]
                group.addTask {
                    try await client.send(
                        "POST", "/api/v1/namespaces/\(item.namespace)/secrets",
                        body: try item.manifest(), accepting: [201])
                }
            }
            try await group.waitForAll()
        }
    }
}

extension Workload.Item {
    func manifest() throws -> [UInt8] {
        var metadata: [String: Any] = [
            "name": name, "namespace": namespace, "labels": ["lab.example.org/known": "true"],
        ]
        if !finalizers.isEmpty { metadata["finalizers"] = finalizers }
        var secret: [String: Any] = [
            "apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": type,
        ]
        if size > 0 { secret["data"] = ["value": Data(value).base64EncodedString()] }
        if isImmutable { secret["immutable"] = true }
        return Array(try JSONSerialization.data(withJSONObject: secret))
    }
}

extension Lab {
    /// How many Secrets `fill` has made in all.
    package func filledSecrets() throws -> Int { try Workload.read(folder: folder).count }
}
