internal import Basics
internal import Foundation
internal import LabKit

/// What has to be true at any moment, right after a kill too.
struct AfterKill: Sendable {
    /// API servers that don't answer: the one that is being replaced, if any.
    let down: [String]
    let keys: KnownKeys
    /// Whether the journal has an operation that the next run is to resume.
    let isUnfinished: Bool
    let problems: [String]

    static func seen(_ user: Operator) async throws -> AfterKill {
        var (down, problems): ([String], [String]) = ([], [])
        for node in user.lab.nodes {
            switch try await reading(through: node, of: user.lab) {
            case .down: down.append(node.name)
            case .answers(let wrong): problems += wrong
            }
        }
        if down.count > 1 {
            problems.append("\(down.joined(separator: " and ")) don't answer after the kill")
        }
        let state = try user.read("cluster.rkestate")
        let keys = try KnownKeys(stateFile: state)
        problems += try unknownKeys(on: user.lab.nodes, keys)
        let status = try await user.run("encrypt", "status", "--output", "json")
        // 4: something is unfinished or deployed otherwise, which is so.
        if ![0, 4].contains(status.status), down.isEmpty {
            problems.append("encrypt status after the kill: \(status.errorOutput)")
        }
        return AfterKill(
            down: down, keys: keys, isUnfinished: try isUnfinished(state), problems: problems)
    }

    private enum Reading {
        case down
        /// With what isn't as it should be.
        case answers([String])
    }

    /// A server may still be stopping or starting, since the Docker Engine goes on with what it was
    /// told.
    private static func reading(through node: LabNode, of lab: Lab) async throws -> Reading {
        var last = ""
        for _ in 0..<5 {
            guard try await lab.isReady(node) else { return .down }
            do { return .answers(try await lab.checkValues(through: [node])) } catch {
                last = Fault(error).message
            }
            try await Task.sleep(for: .milliseconds(300))
        }
        return .answers(["\(node.name) is ready, but Secrets can't be read: \(last)"])
    }

    /// Keys that a node has and the state file hasn't would be lost with the node.
    private static func unknownKeys(
        on nodes: [LabNode], _ keys: KnownKeys
    ) throws -> [String] {
        let known = Set(keys.all.map { $0.secret.base64EncodedString() })
        return try nodes.flatMap { node -> [String] in
            guard let file = try NodeFile.providerConfig(on: node) else { return [] }
            let secrets = file.text.matches(of: /secret: *"?([A-Za-z0-9+\/_=-]+)/)
                .map { String($0.1) }
            return secrets.filter { !known.contains($0) }
                .map { _ in "\(node.name) has a key that the state file doesn't have" }
        }
    }

    private static func isUnfinished(_ state: Data) throws -> Bool {
        let file = try JSONSerialization.jsonObject(with: state) as? [String: Any]
        let journal = file?["orchestrator"] as? [String: Any]
        return journal?["operation"] is [String: Any]
    }
}
