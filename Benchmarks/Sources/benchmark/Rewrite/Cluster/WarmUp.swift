internal import Basics

/// What a server that was just restarted is asked before anything is measured: its first hundreds
/// of requests cost it up to half as much again, and whose run that falls to would be chance.
struct WarmUp: Sendable {
    private let clients: [ServerClient]
    private let paths: [String]

    private static let objects = 100
    /// To each server.
    private static let requests = 2000

    /// Makes its objects.
    init(_ clients: [ServerClient], namespace: String) async throws {
        self.clients = clients
        let configMaps = "/api/v1/namespaces/\(namespace)/configmaps"
        var paths: [String] = []
        for number in 0..<Self.objects {
            let body = #"{"metadata":{"name":"warm-up-\#(number)"},"data":{"beat":"0"}}"#
            try await clients[0].send(
                "POST", configMaps, body: Array(body.utf8), accepting: [201, 409])
            paths.append("\(configMaps)/warm-up-\(number)")
        }
        self.paths = paths
    }

    /// Changes each object again and again, all side by side.
    func run() async throws {
        for client in clients {
            try await withThrowingTaskGroup(of: Void.self) { objects in
                for path in paths {
                    objects.addTask {
                        for number in 0..<(Self.requests / Self.objects) {
                            try await client.send(
                                "PATCH", path, body: Array(#"{"data":{"beat":"\#(number)"}}"#.utf8),
                                type: "application/merge-patch+json")
                        }
                    }
                }
                try await objects.waitForAll()
            }
        }
    }
}
