internal import Basics
internal import Foundation
internal import LabKit
internal import Synchronization

/// Clients that create, change and delete Secrets of their own without a pause, and know what each
/// one must hold.
final class MovingSecrets: Sendable {
    private let lab: Lab
    private let task = Mutex<Task<[String: String], any Error>?>(nil)
    private let isEnding = Mutex(false)

    private static let count = 40
    private static let collection = "/api/v1/namespaces/lab-2/secrets"

    init(lab: Lab) { self.lab = lab }

    /// Returns when the first ones are there; the others come and go meanwhile.
    func begin() async throws {
        try await lab.withAPIClients { clients in
            for number in 0..<Self.count {
                try await clients[number % clients.count].send(
                    "POST", Self.collection, body: Self.body(number, "0"), accepting: [201])
            }
        }
        let work = Task { [self] in try await lab.withAPIClients { try await move($0) } }
        task.withLock { $0 = work }
    }

    /// Ends the movement, sees whether every Secret holds what was written last, and removes all.
    func endAndCheck() async throws {
        isEnding.withLock { $0 = true }
        guard let work = task.withLock(\.self) else { return }
        let expected = try await work.value
        try await lab.withAPIClients { clients in
            for client in clients {
                for number in 0..<Self.count {
                    let name = Self.name(number)
                    let answer = try await client.send(
                        "GET", "\(Self.collection)/\(name)", accepting: [200, 404])
                    let secret = try? client.decode(Secret.self, from: answer)
                    let value = secret?.data.map {
                        String(decoding: $0["value"] ?? Data(), as: UTF8.self)
                    }
                    guard value == expected[name] else {
                        throw Fault(
                            .discrepancy,
                            "\(name) holds \(value ?? "nothing"), not \(expected[name] ?? "nothing")"
                        )
                    }
                }
            }
            for name in expected.keys {
                try await clients[0].send("DELETE", "\(Self.collection)/\(name)")
            }
        }
    }

    /// - Returns: what there is at the end, and each one's value.
    private func move(_ clients: [LabClient]) async throws -> [String: String] {
        var values = Dictionary(
            uniqueKeysWithValues: (0..<Self.count).map { (Self.name($0), "0") })
        var turn = 0
        while !isEnding.withLock(\.self) {
            turn += 1
            let (number, value) = (turn % Self.count, "\(turn)")
            let name = Self.name(number)
            do {
                if values[name] == nil {
                    try await clients[turn % clients.count].send(
                        "POST", Self.collection, body: Self.body(number, value), accepting: [201])
                    values[name] = value
                } else if turn % 7 == 0 {
                    try await clients[turn % clients.count].send(
                        "DELETE", "\(Self.collection)/\(name)")
                    values[name] = nil
                } else {
                    try await clients[turn % clients.count].send(
                        "PUT", "\(Self.collection)/\(name)", body: Self.body(number, value))
                    values[name] = value
                }
            } catch let fault as Fault where fault.code != .remote {
                // A server on its way down or up. Whether the write was done, only reading tells.
                values[name] = try await settled(name)
            } catch let fault as Fault where fault.message.contains(": 409:") {
                values[name] = try await settled(name)
            }
            try await Task.sleep(for: .milliseconds(15))
        }
        return values
    }

    private func settled(_ name: String) async throws -> String? {
        for _ in 0..<400 {
            for node in lab.nodes {
                if let value = try? await lab.withAPIClients({ clients in
                    let client = clients[node.number - 1]
                    let answer = try await client.send(
                        "GET", "\(Self.collection)/\(name)", accepting: [200, 404])
                    return [try? client.decode(Secret.self, from: answer)]
                }) {
                    return value[0]?.data.map {
                        String(decoding: $0["value"] ?? Data(), as: UTF8.self)
                    }
                }
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Fault(.unreachable, "no API server tells what became of \(name)")
    }

    private static func name(_ number: Int) -> String { "moving-\(number)" }

    private static func body(_ number: Int, _ value: String) -> [UInt8] {
        let data = Data(value.utf8).base64EncodedString()
        return Array(
            #"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"\#(name(number))"},"#.utf8)
            + Array(#""data":{"value":"\#(data)"}}"#.utf8)
    }
}

private struct Secret: Decodable {
    let data: [String: Data]?
}
