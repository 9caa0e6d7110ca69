internal import Basics
internal import ClusterFiles
internal import ControlPlane
internal import EncryptionModel
internal import KubeAPI

/// Whether one node's server would start with a config and do what it says.
struct Preflight {
    private let live: LiveNode
    private let places: ConfigPlaces?

    init(of node: LiveNode, places: ConfigPlaces?) {
        live = node
        self.places = places
    }

    func check(_ config: ProviderConfig) async throws {
        do {
            let node = try await live.link().node
            let process = try await node.runtime.inspect()
            let version = try await live.apiServer().version()
            let traits = ServerTraits(
                release: version.release,
                featureGates: ServerTraits.gates(in: process.argument("feature-gates") ?? ""))
            if let obstacle = config.obstacles(on: traits).first {
                throw Fault(
                    .refused, obstacle.message, hint: "Nothing was touched. \(obstacle.hint)",
                    place: places?[obstacle.subject])
            }
            for plugin in config.plugins {
                try await PluginSocket(endpoint: plugin.endpoint)?
                    .check(on: node, plugin: plugin.name)
            }
        } catch {
            throw Fault(error).on(node: live.name)
        }
    }
}
