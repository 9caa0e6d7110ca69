internal import Foundation

/// A container as the engine describes it, as far as tests compare it with RKE's.
public struct ContainerInspection: Sendable, Hashable {
    public let id: String
    /// `created`, `running`, `restarting`, `exited`, …
    public let status: String
    /// How often its restart policy has started it anew.
    public let restarts: Int
    public let entrypoint: [String]
    public let arguments: [String]
    public let environment: [String]
    public let binds: [String]
    public let volumesFrom: [String]
    public let networkMode: String
    public let restartPolicy: String
    /// All of it, as JSON.
    public let json: [UInt8]
}

extension Lab {
    /// Asks the node's Docker Engine.
    public func inspect(_ container: String, on node: LabNode) async throws -> ContainerInspection {
        let json = try await node.engine().inspect(container)
        let told = try JSONDecoder().decode(Told.self, from: Data(json))
        return ContainerInspection(
            id: told.Id, status: told.State.Status, restarts: told.RestartCount,
            entrypoint: told.Config.Entrypoint ?? [],
            arguments: told.Config.Cmd ?? [], environment: told.Config.Env ?? [],
            binds: told.HostConfig.Binds ?? [], volumesFrom: told.HostConfig.VolumesFrom ?? [],
            networkMode: told.HostConfig.NetworkMode,
            restartPolicy: told.HostConfig.RestartPolicy.Name, json: json)
    }
}

/// The engine's own names.
private struct Told: Decodable {
    struct State: Decodable { let Status: String }
    struct Config: Decodable {
        let Entrypoint: [String]?
        let Cmd: [String]?
        let Env: [String]?
    }
    struct HostConfig: Decodable {
        struct RestartPolicy: Decodable { let Name: String }
        let Binds: [String]?
        let VolumesFrom: [String]?
        let NetworkMode: String
        let RestartPolicy: RestartPolicy
    }
    let Id: String
    let RestartCount: Int
    let State: State
    let Config: Config
    let HostConfig: HostConfig
}
