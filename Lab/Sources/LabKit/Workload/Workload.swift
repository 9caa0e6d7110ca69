internal import Foundation

/// The Secrets that `fill` has made: enough to know each one's value without keeping any.
public struct Workload: Sendable, Hashable, Codable {
    struct Batch: Sendable, Hashable, Codable {
        let first: Int
        let count: Int
        /// Bytes of each one's value.
        let size: Int
    }

    var batches: [Batch] = []

    /// All Secrets of the lab's own, the five of special kinds included.
    public var count: Int {
        batches.isEmpty ? 0 : batches.reduce(Self.special.count) { $0 + $1.count }
    }

    static let namespaces = (1...4).map { "lab-\($0)" }
    /// Begins every value; no stored value may show it while it's encrypted.
    static let marker = "lab-known-value"

    /// What a Secret must hold.
    struct Item: Sendable, Hashable {
        let namespace: String
        let name: String
        let size: Int
        var isImmutable = false
        var finalizers: [String] = []
        var type = "Opaque"

        /// Told by its name and size alone, so that it can be checked anywhere.
        var value: [UInt8] {
            let unit = Array("\(Workload.marker) of \(namespace)/\(name) ".utf8)
            return (0..<size).map { unit[$0 % unit.count] }
        }
    }

    /// Kinds that rewriting could stumble over: nothing in it, near the limit of 1 MiB,
    /// immutable, held by a finalizer, and of a type of its own.
    static let special = [
        Item(namespace: "lab-1", name: "empty", size: 0),
        Item(namespace: "lab-1", name: "large", size: 700_000),
        Item(namespace: "lab-2", name: "immutable", size: 64, isImmutable: true),
        Item(namespace: "lab-3", name: "held", size: 64, finalizers: ["lab.example.org/hold"]),
        Item(namespace: "lab-4", name: "typed", size: 64, type: "lab.example.org/type"),
    ]

    static func item(_ number: Int, size: Int) -> Item {
        Item(
            namespace: namespaces[number % namespaces.count],
            name: "secret-" + String("000000\(number)".suffix(max(6, "\(number)".count))),
            size: size)
    }

    func items() -> [Item] {
        guard !batches.isEmpty else { return [] }
        return Self.special
            + batches.flatMap { batch in
                (batch.first..<batch.first + batch.count).map {
                    Self.item($0, size: batch.size)
                }
            }
    }

    private static func path(_ folder: String) -> String { folder + "/workload.json" }

    static func read(folder: String) throws -> Workload {
        guard Files.exists(path(folder)) else { return Workload() }
        return try JSONDecoder().decode(
            Workload.self, from: Data(try Files.read(path(folder)).utf8))
    }

    func write(folder: String) throws {
        try Files.write(Array(JSONEncoder().encode(self)), to: Self.path(folder))
    }
}
