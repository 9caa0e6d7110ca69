internal import Basics
internal import JSON
internal import SSH

/// How a member of etcd is run on a node, by its own arguments.
public struct EtcdMemberConfig: Sendable, Hashable {
    public let name: String
    /// Of the host, as the container's mount has it.
    public let dataFolder: String
    public let initialCluster: String
    public let peerURLs: String
    public let isRunning: Bool
    let imageID: String

    /// The members that it was started with, by name.
    public var members: Set<String> {
        Set(initialCluster.split(separator: ",").map { String($0.prefix { $0 != "=" }) })
    }
}

/// etcd in a Docker container, as RKE runs it.
public struct EtcdContainer: Sendable {
    /// RKE's name for it.
    static let name = "etcd"

    let engine: EngineClient
    let scripts: RootScripts

    /// - Throws: `Fault(.notFound)` where the node has no such container; `.refused` for one whose
    ///   arguments don't tell what is needed.
    public func config() async throws -> EtcdMemberConfig {
        let container = try await inspect()
        let arguments = container.arguments
        let told = ["name", "data-dir", "initial-cluster", "initial-advertise-peer-urls"]
            .map { (flag: $0, value: arguments.value(of: $0)) }
        if let missing = told.first(where: { $0.value?.isEmpty ?? true }) {
            throw Fault(
                .refused, "the container etcd has no argument --\(missing.flag)",
                hint: "etcd has to be run as RKE does, with its arguments and not by environment.")
        }
        let values = told.compactMap(\.value)
        let inside =
            values[1].count > 1 && values[1].hasSuffix("/")
            ? String(values[1].dropLast()) : values[1]
        guard let folder = container.mounts.hostPath(of: inside) else {
            throw Fault(
                .refused, "etcd's data folder \(inside) isn't a folder of the node",
                hint: "It has to be mounted from the node, as RKE does.")
        }
        return EtcdMemberConfig(
            name: values[0],
            dataFolder: folder.count > 1 && folder.hasSuffix("/")
                ? String(folder.dropLast()) : folder,
            initialCluster: values[2], peerURLs: values[3], isRunning: container.isRunning,
            imageID: container.imageID)
    }

    /// Returns when it has stopped. It stays so until it is started, or Docker itself is.
    public func stop() async throws { try await engine.stop(Self.name) }

    public func start() async throws { try await engine.start(Self.name) }

    /// The last lines of its log, for a fault.
    public func lastWords() async -> String? {
        guard let container = try? await inspect(),
            let log = try? await engine.log(
                Self.name, lines: 20, hasTerminal: container.hasTerminal)
        else { return nil }
        return LogExcerpt.reason(in: log)
    }

    private func inspect() async throws -> ContainerInspection {
        guard let json = try await engine.inspect(Self.name) else {
            throw Fault(
                .notFound, "there is no container etcd on the node",
                hint: "Snapshots are restored where etcd is run by RKE.")
        }
        return ContainerInspection(json)
    }
}
