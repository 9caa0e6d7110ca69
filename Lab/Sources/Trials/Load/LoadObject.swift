internal import Foundation

/// A Secret that clients of the load write and read. Its value in each state follows from its name
/// and the state's number, so that whoever reads it knows which state that is.
struct LoadObject: Sendable, Hashable {
    let namespace: String
    let name: String

    static let namespaces = (1...3).map { "load-\($0)" }

    var collection: String { "/api/v1/namespaces/\(namespace)/secrets" }
    var path: String { "\(collection)/\(name)" }

    /// Bytes of the value; they differ from state to state, so that a mixture would show.
    private static func size(of state: Int) -> Int { [48, 300, 2_000, 700, 20_000][state % 5] }

    func value(in state: Int) -> [UInt8] {
        let unit = Array("state \(state) of \(namespace)/\(name); ".utf8)
        let size = max(unit.count, Self.size(of: state))
        var bytes: [UInt8] = []
        while bytes.count < size { bytes += unit }
        return Array(bytes.prefix(size))
    }

    /// The state to which a value belongs, if each of its bytes is right.
    func sighting(of value: [UInt8]) -> ObjectHistory.Sighting {
        let words = value.prefix(32).split(separator: UInt8(ascii: " "))
        guard words.count > 2, let number = Int(String(decoding: words[1], as: UTF8.self)),
            number > 0, self.value(in: number) == value
        else { return .foreign }
        return .state(number)
    }

    /// - Parameter resourceVersion: makes an update fail where the object has changed since.
    func manifest(in state: Int, resourceVersion: String? = nil) throws -> [UInt8] {
        var metadata = ["name": name, "namespace": namespace]
        metadata["resourceVersion"] = resourceVersion
        return try Self.json([
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata,
            "data": data(in: state),
        ])
    }

    func patch(to state: Int) throws -> [UInt8] { try Self.json(["data": data(in: state)]) }

    private func data(in state: Int) -> [String: String] {
        ["value": Data(value(in: state)).base64EncodedString()]
    }

    private static func json(_ object: [String: Any]) throws -> [UInt8] {
        Array(try JSONSerialization.data(withJSONObject: object))
    }
}

/// What the load reads of a Secret in an answer.
struct SecretAnswer: Decodable {
    struct Metadata: Decodable {
        let namespace: String
        let name: String
        let resourceVersion: String
    }
    let metadata: Metadata
    let data: [String: Data]?

    var object: LoadObject { LoadObject(namespace: metadata.namespace, name: metadata.name) }
    var value: [UInt8] { Array(data?["value"] ?? Data()) }
}

struct SecretListAnswer: Decodable {
    struct Metadata: Decodable { let `continue`: String? }
    let metadata: Metadata
    let items: [SecretAnswer]
}
