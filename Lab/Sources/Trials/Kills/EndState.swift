internal import Foundation
internal import LabKit

/// What a workflow leaves behind, without what differs from run to run: the same for every run
/// of it that has ended well, killed in between or not.
struct EndState: Sendable {
    private let world: World
    private let servers: [String: InspectionFields]
    /// The provider config of each node, keys replaced by their number; or that there is none.
    private let configs: [String: String]
    /// The files beside cluster.yml.
    private let files: Set<String>

    static func seen(_ user: Operator) async throws -> EndState {
        let keys = try KnownKeys(stateFile: user.read("cluster.rkestate")).active
        var configs: [String: String] = [:]
        for node in user.lab.nodes { configs[node.name] = try config(on: node, keys) }
        return EndState(
            world: try await World.seen(user), servers: try await user.lab.serverInspections(),
            configs: configs, files: try fileNames(in: user.folder))
    }

    /// What differs from the undisturbed run's, a line each.
    func differences(from other: EndState) -> [String] {
        var lines = world.differencesInShape(since: other.world).filter { line in
            // The state file and the provider config hold keys, a manifest what follows from them;
            // they are judged by themselves.
            !line.hasPrefix("operator: ")
                && !Self.judgedApart.contains { line.hasSuffix("  \($0)") }
        }
        for (node, fields) in servers.sorted(by: { $0.key < $1.key }) {
            guard let others = other.servers[node] else { continue }
            lines += fields.differences(from: others).map { "\(node): kube-apiserver: \($0)" }
        }
        for (node, config) in configs.sorted(by: { $0.key < $1.key })
        where config != other.configs[node] {
            lines.append("\(node): the provider config is \(config)")
        }
        lines += files.subtracting(other.files).sorted().map { "beside cluster.yml there is \($0)" }
        lines += other.files.subtracting(files).sorted().map { "beside cluster.yml lacks \($0)" }
        return lines
    }

    private static let judgedApart =
        NodeRuntime.allCases.map(NodeFile.providerConfig(of:))
        + [NodeRuntime.manifest(of: .apiServer)]

    private static func config(on node: LabNode, _ keys: [KnownKeys.Key]) throws -> String {
        guard let file = try NodeFile.providerConfig(on: node) else { return "absent" }
        var text = file.text
        for (number, key) in keys.enumerated() {
            text = text.replacing(key.name, with: "<name \(number)>")
                .replacing(key.secret.base64EncodedString(), with: "<secret \(number)>")
        }
        return "\(String(file.mode, radix: 8)) \(file.owner) \(text)"
    }

    private static func fileNames(in folder: String) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: folder))
    }
}
