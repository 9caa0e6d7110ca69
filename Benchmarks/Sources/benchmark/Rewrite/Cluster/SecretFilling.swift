internal import Basics
internal import Foundation

/// Makes the Secrets that are rewritten, through the API.
struct SecretFilling: Sendable {
    static let namespaces = (1...20).map { "bench-\($0 < 10 ? "0" : "")\($0)" }
    private static let inFlight = 64

    let clients: [ServerClient]

    /// The stand-in knows no Namespaces and takes any.
    func makeNamespaces() async throws {
        for namespace in Self.namespaces {
            try await clients[0].send(
                "POST", "/api/v1/namespaces",
                body: Array(#"{"metadata":{"name":"\#(namespace)"}}"#.utf8),
                accepting: [201, 409, 404, 405])
        }
    }

    /// - Parameter kibibytes: of each one's value.
    func fill(_ count: Int, kibibytes: Int) async throws {
        // Base64 of random bytes doesn't get smaller where somebody compresses.
        let value = Data((0..<(kibibytes << 10)).map { _ in UInt8.random(in: 0...255) })
            .base64EncodedString()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                if number >= Self.inFlight { try await group.next() }
                group.addTask { try await create(number, value) }
            }
            try await group.waitForAll()
        }
    }

    private func create(_ number: Int, _ value: String) async throws {
        let namespace = Self.namespaces[number % Self.namespaces.count]
        let secret = """
            {"apiVersion":"v1","kind":"Secret","metadata":{"name":"secret-\(number)"},\
            "type":"Opaque","data":{"value":"\(value)"}}
            """
        try await clients[number % clients.count].send(
            "POST", "/api/v1/namespaces/\(namespace)/secrets", body: Array(secret.utf8),
            accepting: [201])
    }
}
